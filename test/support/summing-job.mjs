// Counts the records of each key with state on LMDB, and sends each new count to a topic: what it has counted and what it
// has sent can be compared with what there was. Told the folder of its store; runs until all is settled. A process of
// test/state/killed-between-steps.
import { setTimeout as sleep } from 'node:timers/promises';
import { AsyncDataStream, JobRunner, StreamExecutionEnvironment, ValueStateDescriptor } from '@millrace/core';
import { embeddedSink, embeddedSource, embeddedStateBackend, EmbeddedStore } from '@millrace/embedded';

const [directory] = process.argv.slice(2);
const store = await EmbeddedStore.open(directory);
const env = new StreamExecutionEnvironment({ jobName: 'sums' });
// Slow enough that checkpoints come while records are on their way.
const read = AsyncDataStream.orderedWait(
  env.fromSource(embeddedSource({ store, topic: 'in', groupId: 'sums' }), { uid: 'in' }),
  { asyncInvoke: async (record) => (await sleep(1), [record]) },
  { uid: 'wait', capacity: 4, timeoutMs: 60_000 },
);
read
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
  )
  .sinkTo(embeddedSink({ store, topic: 'out' }), { uid: 'out' });

const stateBackend = embeddedStateBackend({ store });
const runner = new JobRunner(env.getStreamGraph(), { stateBackend, checkpoint: { intervalMs: 10 } });
const { state, error } = await runner.run({ untilDrained: true });
await store.close();
if (error !== undefined) console.error(error);
process.exit(state === 'FINISHED' ? 0 : 1);
