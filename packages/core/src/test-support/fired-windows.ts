import type { Trigger, Window, WindowAssigner } from '@millrace/core';
import { OperatorHarness } from '@millrace/core/testing';

/** The elements of a window as text, each time it fires. */
export function fired<W extends Window>(
  assigner: WindowAssigner<number, W>,
  trigger?: Trigger<number, W>,
  lateness = 0,
): Promise<OperatorHarness<number, string>> {
  return OperatorHarness.forStream<number, string>((numbers) => {
    const windows = numbers
      .keyBy(() => 'all')
      .window(assigner)
      .allowedLateness(lateness);
    return (trigger === undefined ? windows : windows.trigger(trigger)).apply(
      (_key, _window, elements, out) => {
        out.collect([...elements].join('+'));
      },
      { uid: 'windows' },
    );
  });
}

/** What a window must leave nothing of: entries of state, timers of event time, of the clock. */
export const leftovers = (harness: OperatorHarness<number, string>): number[] => [
  harness.numKeyedStateEntries(),
  harness.numEventTimeTimers(),
  harness.numProcessingTimeTimers(),
];
