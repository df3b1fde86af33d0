// Tumbling windows of so many keys, open at once and closed at once, three elements in each.
import { TumblingEventTimeWindows } from '@millrace/core';
import { countInWindows } from './event-time-count.mjs';

const EACH = 3;
const LEAST_ELEMENTS = 150_000;
export const warmUp = 1_000;

export async function prepare(open) {
  const round = open * EACH;
  const elements = round * Math.max(2, Math.ceil(LEAST_ELEMENTS / round));
  const run = () => countInWindows(elements, open, TumblingEventTimeWindows.of(round));
  const [curve, of] = ['tumbling windows open', 'windows open'];
  return { measures: [{ curve, of, unit: 'element', units: elements, isRepeatable: true, run }] };
}
