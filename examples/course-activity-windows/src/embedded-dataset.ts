import { EmbeddedStore } from '@millrace/embedded';
import type { JobContext } from '@millrace/runner';
import type { Variables } from './config.js';
import type { DatasetOrigin, DatasetTarget } from './dataset-places.js';
import { tablesOf } from './embedded-platform.js';

const decoder = new TextDecoder();

export async function embeddedTarget(
  folder: string,
  { config, clock, logger }: JobContext<Variables>,
): Promise<DatasetTarget> {
  const store = await EmbeddedStore.open(folder, { clock, logger });
  const topic = config.get('kafka.input.topic');
  if (store.log.topic(topic) === undefined) await store.log.createTopic(topic, config.get('kafka.partitions'));
  return {
    append: async (records) => {
      await store.log.append(topic, records);
    },
    close: () => store.close(),
  };
}

export async function embeddedOrigin(
  folder: string,
  { config, clock, logger }: JobContext<Variables>,
): Promise<DatasetOrigin> {
  const store = await EmbeddedStore.open(folder, { clock, logger });
  const valuesOf = (topic: string): readonly object[] =>
    store.log.topic(topic) === undefined
      ? []
      : [...store.log.readAll(topic)].map(({ key, value }) => ({
          key: key && decoder.decode(key),
          value: value && decoder.decode(value),
        }));
  return {
    files: () => {
      const { sessions, activity } = tablesOf(store, config);
      const late = config.get('kafka.output.late.topic');
      const failed = config.get('kafka.output.failed.topic');
      return Promise.resolve({
        [sessions.name]: [...sessions.scan()].map((row) => {
          const [userid, courseid, started] = row.key;
          const ended = new Date(row.get('ended') ?? 0).toISOString();
          return { userid, courseid, started, ended, events: row.get('events'), contents: row.get('contents') };
        }),
        [activity.name]: [...activity.scan()].map((row) => {
          const [courseid, windowStart] = row.key;
          return { courseid, window_start: windowStart, events: row.get('events'), learners: row.get('learners') };
        }),
        [late]: valuesOf(late),
        [failed]: valuesOf(failed),
      });
    },
    close: () => store.close(),
  };
}
