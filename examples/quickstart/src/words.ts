import { JobRunner, StreamExecutionEnvironment } from '@millrace/core';
import { EmbeddedStore, embeddedSink, embeddedSource } from '@millrace/embedded';

const store = await EmbeddedStore.open('./words-data');
await store.log.createTopic('lines', 2);
await store.log.createTopic('words', 2);
await store.log.append('lines', [
  { key: 'a', value: 'the mill grinds' },
  { key: 'b', value: 'the wheel turns' },
]);

const env = new StreamExecutionEnvironment({ jobName: 'words' });
env
  .fromSource(embeddedSource({ store, topic: 'lines', groupId: 'words' }), { uid: 'lines' })
  .flatMap<string>((record, out) => {
    for (const word of new TextDecoder().decode(record.value ?? undefined).split(' ')) out.collect(word);
  })
  .filter((word) => word !== 'the')
  .map((word) => ({ key: word, value: JSON.stringify({ word, letters: word.length }) }))
  .sinkTo(embeddedSink({ store, topic: 'words' }), { uid: 'words' });

await new JobRunner(env.getStreamGraph()).run({ untilDrained: true });
for (const record of store.log.readAll('words')) console.log(new TextDecoder().decode(record.value ?? undefined));
await store.close();
