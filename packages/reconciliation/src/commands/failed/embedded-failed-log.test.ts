import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EmbeddedStore } from '@millrace/embedded';
import { EmbeddedFailedLog } from './embedded-failed-log.js';
import { failedLogConformance } from './failed-log.conformance.js';

failedLogConformance('an embedded store', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-failed-'));
  const store = await EmbeddedStore.open(folder);
  const topics = { failed: 'failed', input: 'requests', ledger: 'failed.replayed' };
  await store.log.createTopic(topics.failed, 2);
  await store.log.createTopic(topics.input, 3);
  return {
    log: new EmbeddedFailedLog(store),
    topics,
    append: (topic, records) => store.log.append(topic, records),
    async close() {
      await store.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
});
