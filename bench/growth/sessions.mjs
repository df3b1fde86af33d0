// Session windows of one element each, so many open at a time, each closed at a time of its own.
import { EventTimeSessionWindows } from '@millrace/core';
import { countInWindows } from './event-time-count.mjs';

const LEAST_ELEMENTS = 150_000;
export const warmUp = 1_000;

export async function prepare(open) {
  // A key comes back after twice the gap: its session of before has ended.
  const elements = Math.max(LEAST_ELEMENTS, open * 4);
  const run = () => countInWindows(elements, open * 2, EventTimeSessionWindows.withGap(open));
  const [curve, of] = ['sessions open', 'sessions open'];
  return { measures: [{ curve, of, unit: 'element', units: elements, isRepeatable: true, run }] };
}
