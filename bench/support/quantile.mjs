/** Cumulative buckets of a Prometheus histogram in `/metrics` text, summed over its labels: [[le, count], ...]. */
export function bucketsOf(metrics, name) {
  const sums = new Map();
  for (const [, le, count] of metrics.matchAll(
    new RegExp(`^${name}_bucket\\{[^}]*le="([^"]+)"[^}]*\\} (\\S+)$`, 'gm'),
  )) {
    const bound = le === '+Inf' ? Infinity : Number(le);
    sums.set(bound, (sums.get(bound) ?? 0) + Number(count));
  }
  return [...sums].sort(([a], [b]) => a - b);
}

/** Quantile by linear interpolation inside its bucket, as Prometheus does it; undefined without observations. */
export function quantile(buckets, q) {
  const total = buckets.at(-1)?.[1] ?? 0;
  if (total === 0) return undefined;
  const rank = q * total;
  let [low, below] = [0, 0];
  for (const [bound, count] of buckets) {
    if (count >= rank) return bound === Infinity ? low : low + ((bound - low) * (rank - below)) / (count - below);
    [low, below] = [bound, count];
  }
  return low;
}
