// Counts the records of each key with state on LMDB, and sends each new count to a topic: what it has counted and what it
// has sent can be compared with what there was. Told the folder of its store; runs until all is settled. A process of
// test/state/killed-between-steps.
import { JobRunner, StreamExecutionEnvironment } from '@millrace/core';
import { embeddedSink, embeddedSource, embeddedStateBackend, EmbeddedStore } from '@millrace/embedded';
import { numberedByKey } from './numbered-by-key.mjs';

const [directory] = process.argv.slice(2);
const store = await EmbeddedStore.open(directory);
const env = new StreamExecutionEnvironment({ jobName: 'sums' });
const records = env.fromSource(embeddedSource({ store, topic: 'in', groupId: 'sums' }), { uid: 'in' });
numberedByKey(records, 1).sinkTo(embeddedSink({ store, topic: 'out' }), { uid: 'out' });

const stateBackend = embeddedStateBackend({ store });
const runner = new JobRunner(env.getStreamGraph(), { stateBackend, checkpoint: { intervalMs: 10 } });
const { state, error } = await runner.run({ untilDrained: true });
await store.close();
if (error !== undefined) console.error(error);
process.exit(state === 'FINISHED' ? 0 : 1);
