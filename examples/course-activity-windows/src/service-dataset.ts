import { cqlTable } from '@millrace/cassandra';
import type { JobContext } from '@millrace/runner';
import type { Variables } from './config.js';
import type { DatasetOrigin, DatasetTarget } from './dataset-places.js';
import { cassandraOf, kafkaOf } from './service-connections.js';

const decoder = new TextDecoder();

/** Topics that are missing are created. */
export async function serviceTarget(context: JobContext<Variables>, signal: AbortSignal): Promise<DatasetTarget> {
  const { config } = context;
  const kafka = kafkaOf(context);
  const topic = config.get('kafka.input.topic');
  try {
    await kafka.waitUntilReachable(config.get('startup.timeout') * 1_000, signal);
    const partitions = config.get('kafka.partitions');
    const topics = [topic, config.get('kafka.output.late.topic'), config.get('kafka.output.failed.topic')];
    await kafka.createTopics(topics.map((each) => ({ topic: each, partitions })));
  } catch (error) {
    await kafka.close();
    throw error;
  }
  return {
    append: async (records) => {
      await kafka.append(topic, records, { signal });
    },
    close: () => kafka.close(),
  };
}

export async function serviceOrigin(context: JobContext<Variables>, signal: AbortSignal): Promise<DatasetOrigin> {
  const { config } = context;
  const timeoutMs = config.get('startup.timeout') * 1_000;
  const kafka = kafkaOf(context);
  const cassandra = cassandraOf(context);
  const close = async (): Promise<void> => {
    await Promise.allSettled([kafka.close(), cassandra.close()]);
  };
  try {
    await kafka.waitUntilReachable(timeoutMs, signal);
    await cassandra.connect({ timeoutMs, signal });
  } catch (error) {
    await close();
    throw error;
  }
  const table = async (name: string, columns: readonly string[], key: readonly string[]): Promise<object[]> => {
    const statement = `SELECT ${columns.join(', ')} FROM ${cqlTable(config.get('lms-cassandra.keyspace'), name)}`;
    const rows: Readonly<Record<string, unknown>>[] = [];
    for await (const row of cassandra.rows(statement)) {
      rows.push(Object.fromEntries(columns.map((column) => [column, plain(row[column])])));
    }
    const keyOf = (row: Readonly<Record<string, unknown>>): string => JSON.stringify(key.map((each) => row[each]));
    return rows.sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  };
  const topic = async (name: string): Promise<object[]> => {
    const records: object[] = [];
    for await (const { key, value } of kafka.readTopic(name)) {
      records.push({ key: key && decoder.decode(key), value: value && decoder.decode(value) });
    }
    return records;
  };
  return {
    files: async () => {
      const sessions = config.get('lms-cassandra.sessions.table');
      const activity = config.get('lms-cassandra.activity.table');
      const late = config.get('kafka.output.late.topic');
      const failed = config.get('kafka.output.failed.topic');
      return {
        [sessions]: await table(
          sessions,
          ['userid', 'courseid', 'started', 'ended', 'events', 'contents'],
          ['userid', 'courseid', 'started'],
        ),
        [activity]: await table(
          activity,
          ['courseid', 'window_start', 'events', 'learners'],
          ['courseid', 'window_start'],
        ),
        [late]: await topic(late),
        [failed]: await topic(failed),
      };
    },
    close,
  };
}

function plain(value: unknown): unknown {
  return value instanceof Date ? value.toISOString() : value;
}
