/** How much more the last may cost than the cheapest before it: what one run differs from the next. */
const TOLERANCE = 1.3;
/** Memory grown by less says nothing: it is garbage that the engine has not collected yet. */
const NOISE_MEGABYTES = 32;

/**
 * Whether the cost of a unit goes up with the number of units. The last is compared with the cheapest of the smaller
 * sizes as well: the first carries what every run costs once, and would hide a rise behind it.
 *
 * @param sizes in rising order, medians of `nanoseconds` a unit and of `grownMegabytes` in all
 */
export function judge(sizes) {
  return {
    cpu: compared(sizes.map(({ nanoseconds }) => nanoseconds.median)),
    memory: compared(sizes.map(({ size, grownMegabytes }) => Math.max(NOISE_MEGABYTES, grownMegabytes.median) / size)),
  };
}

function compared(costs) {
  const last = costs.at(-1);
  const lowest = Math.min(...costs.slice(0, -1));
  return { lastToFirst: last / costs[0], lastToLowest: last / lowest, isBent: last / lowest > TOLERANCE };
}
