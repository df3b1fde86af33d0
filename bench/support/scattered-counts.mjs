import { ValueStateDescriptor } from '@millrace/core';

/**
 * The key of event `i`: neighbours in time are far from each other in a sorted file. 2,654,435,761 is a prime: every key
 * is met once in a round.
 */
export function scatteredKeys(keys) {
  return (i) => `learner-${String(Number((BigInt(i) * 2_654_435_761n) % BigInt(keys))).padStart(10, '0')}`;
}

/** A count for each key; `found` says when the first event came, and how many counts are not what the event's number says. */
export function checkedCounts(keys) {
  const found = { first: undefined, wrong: 0 };
  const create = () => {
    let state;
    return {
      open: (context) => {
        state = context.getState(new ValueStateDescriptor('count'));
      },
      processElement: (i, _context, out) => {
        found.first ??= performance.now();
        const now = (state.value() ?? 0) + 1;
        if (now !== 1 + Math.floor(i / keys)) found.wrong += 1;
        state.update(now);
        out.collect(now);
      },
    };
  };
  return { found, create };
}
