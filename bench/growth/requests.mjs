// A topic of the embedded log with requests of about 480 bytes, and a job that reads it to its end.
import { join } from 'node:path';
import { JobRunner, StreamExecutionEnvironment } from '@millrace/core';
import { EmbeddedStore, embeddedSource } from '@millrace/embedded';
import { isSync, parse, recordAt, small } from '../core/workload.mjs';
import { counting } from '../runtime/measure.mjs';

const TOPIC = 'requests';
const BATCH = 1_000;

/** @returns the store and `run`, which reads all `count` records as a group that has read none */
export async function requestsIn(folder, count, partitions) {
  const store = await EmbeddedStore.open(join(folder, 'store'));
  await store.log.createTopic(TOPIC, partitions);
  for (let from = 0; from < count; from += BATCH) {
    const length = Math.min(BATCH, count - from);
    await store.log.append(
      TOPIC,
      Array.from({ length }, (_, i) => recordAt(from + i, count)),
    );
  }
  let groups = 0;
  const run = async () => {
    groups += 1;
    const env = new StreamExecutionEnvironment({ jobName: `growth-${groups}` });
    let read = 0;
    const sink = counting();
    env
      .fromSource(embeddedSource({ store, topic: TOPIC, groupId: `growth-${groups}` }), { uid: 'in' })
      .map((record) => {
        read += 1;
        return parse(record);
      })
      .filter(isSync)
      .map(small)
      .sinkTo(sink, { uid: 'out' });
    await new JobRunner(env.getStreamGraph(), { checkpoint: { intervalMs: 1_000 } }).run({ untilDrained: true });
    if (read !== count || sink.seen === 0) throw new Error(`read ${read} of ${count}, ${sink.seen} came through`);
  };
  return { store, run };
}
