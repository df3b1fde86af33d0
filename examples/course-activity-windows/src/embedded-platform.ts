import { lateRepartition, lateSink, lateSource } from '@millrace/core';
import type { ProducerRecord, Sink } from '@millrace/core';
import {
  embeddedRepartition,
  embeddedSink,
  embeddedSource,
  embeddedStateBackend,
  EmbeddedStore,
  embeddedTableSink,
} from '@millrace/embedded';
import type { Table } from '@millrace/embedded';
import type { JobContext } from '@millrace/runner';
import type { ActivityConfig, Variables } from './config.js';
import { notConnected } from './platform.js';
import type { Platform } from './platform.js';

const sessionColumns = { ended: 'timestamp', events: 'int', contents: 'int' } as const;
const activityColumns = { events: 'int', learners: 'int' } as const;

/** The tables of the job in a store. */
export interface ActivityTables {
  /** Key: learner, course, begin (ISO 8601). */
  readonly sessions: Table<typeof sessionColumns>;
  /** Key: course, begin of the window (ISO 8601). */
  readonly activity: Table<typeof activityColumns>;
}

export function tablesOf(store: EmbeddedStore, config: ActivityConfig): ActivityTables {
  return {
    sessions: store.table(config.get('lms-cassandra.sessions.table'), {
      key: ['userid', 'courseid', 'started'],
      columns: sessionColumns,
    }),
    activity: store.table(config.get('lms-cassandra.activity.table'), {
      key: ['courseid', 'window_start'],
      columns: activityColumns,
    }),
  };
}

/** Everything in one folder; topics that are missing are created. */
export function embeddedPlatform(folder: string, { config, clock, logger }: JobContext<Variables>): Platform {
  const partitions = config.get('kafka.partitions');
  const input = config.get('kafka.input.topic');
  let store: EmbeddedStore | undefined;
  const opened = (): EmbeddedStore => store ?? notConnected();
  const topicSink = (topic: string): Sink<ProducerRecord> =>
    lateSink('embedded', topic, () => embeddedSink({ store: opened(), topic }));
  return {
    source: lateSource('embedded', input, () =>
      embeddedSource({ store: opened(), topic: input, groupId: config.get('kafka.groupId') }),
    ),
    through: lateRepartition('embedded', () => embeddedRepartition({ store: opened(), createTopics: { partitions } })),
    sinks: {
      late: topicSink(config.get('kafka.output.late.topic')),
      failed: topicSink(config.get('kafka.output.failed.topic')),
      sessions: lateSink('embedded', config.get('lms-cassandra.sessions.table'), () =>
        embeddedTableSink({
          table: tablesOf(opened(), config).sessions,
          toMutation: ({ userId, courseId, from, to, events, contents }) => ({
            key: [userId, courseId, new Date(from).toISOString()],
            timestamp: microseconds(to),
            set: { ended: to, events, contents },
          }),
        }),
      ),
      activity: lateSink('embedded', config.get('lms-cassandra.activity.table'), () =>
        embeddedTableSink({
          table: tablesOf(opened(), config).activity,
          // A count that was corrected has more events: it wins whichever is written last.
          toMutation: ({ courseId, windowStart, events, learners }) => ({
            key: [courseId, new Date(windowStart).toISOString()],
            timestamp: BigInt(events),
            set: { events, learners },
          }),
        }),
      ),
    },
    stateBackend: embeddedStateBackend({ store: opened }),
    async connect() {
      store = await EmbeddedStore.open(folder, { clock, logger });
      const outputs = [config.get('kafka.output.late.topic'), config.get('kafka.output.failed.topic')];
      for (const topic of [input, ...outputs]) {
        if (store.log.topic(topic) === undefined) await store.log.createTopic(topic, partitions);
      }
    },
    async close() {
      await store?.close().catch((error: unknown) => {
        logger.error({ error: String(error) }, 'the store did not close cleanly');
      });
    },
  };
}

function microseconds(ms: number): bigint {
  return BigInt(Math.max(1, ms)) * 1_000n;
}
