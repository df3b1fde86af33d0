// The same records on more partitions, each a task of its own.
import { requestsIn } from './requests.mjs';

const RECORDS = 100_000;
export const warmUp = 1;

export async function prepare(partitions, folder) {
  const { store, run } = await requestsIn(folder, RECORDS, partitions);
  const measure = { curve: 'partitions', of: 'partitions', unit: 'record', units: RECORDS, isRepeatable: false, run };
  return { measures: [measure], close: () => store.close() };
}
