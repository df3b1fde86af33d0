// Keyed state in memory: filling it with new keys.
import { keyedCount } from './keyed-count.mjs';

export const warmUp = 20_000;

export async function prepare(keys) {
  const { fill, units } = keyedCount(keys, undefined, 'growth');
  const [curve, of] = ['new keys in memory', 'keys in memory'];
  return { measures: [{ curve, of, unit: 'key', units: units.fill, isRepeatable: true, run: fill }] };
}
