import { AsyncDataStream, ValueStateDescriptor } from '@millrace/core';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Numbers the records of each key, with a state that counts them: `{ key, value }` with the number as the value. Each
 * waits before it, so that checkpoints come while records are on their way.
 */
export function numberedByKey(records, waitMs) {
  return AsyncDataStream.orderedWait(
    records,
    { asyncInvoke: async (record) => (await sleep(waitMs), [record]) },
    { uid: 'wait', capacity: 4, timeoutMs: 60_000 },
  )
    .keyBy((record) => Buffer.from(record.key).toString())
    .process(
      () => {
        let count;
        return {
          open(context) {
            count = context.getState(new ValueStateDescriptor('count'));
          },
          processElement(_record, context, out) {
            count.update((count.value() ?? 0) + 1);
            out.collect({ key: context.getCurrentKey(), value: String(count.value()) });
          },
        };
      },
      { uid: 'count' },
    );
}
