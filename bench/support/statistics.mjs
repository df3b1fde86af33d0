/** Smallest, middle and largest of some figures. */
export function spread(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
  return { min: sorted[0], median: middle, max: sorted.at(-1) };
}

/** Four digits are more than any of these figures is good for. */
export function round(value) {
  return Number.isFinite(value) ? Number(value.toPrecision(4)) : null;
}

/** `median (min to max)`. */
export function spreadText(values) {
  const { min, median, max } = spread(values);
  return min === max ? String(round(median)) : `${round(median)} (${round(min)} to ${round(max)})`;
}
