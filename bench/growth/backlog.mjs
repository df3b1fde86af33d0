// Records that wait in four partitions when the job begins: reading, parsing, filtering all of them.
import { requestsIn } from './requests.mjs';

export const warmUp = 10_000;

export async function prepare(count, folder) {
  const { store, run } = await requestsIn(folder, count, 4);
  const measure = {
    curve: 'backlog read',
    of: 'records waiting',
    unit: 'record',
    units: count,
    isRepeatable: true,
    run,
  };
  return { measures: [measure], close: () => store.close() };
}
