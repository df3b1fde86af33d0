import type { CassandraSession } from '@millrace/cassandra';
import type { ConsumerRecord } from '@millrace/core';
import type { KafkaConnection } from '@millrace/kafka';
import type { Cast } from '../oracle/learner.js';
import { enrolmentKey } from '../oracle/observed.js';
import type { Observed, ReadRecord } from '../oracle/observed.js';
import type { EnrolmentRow } from '../oracle/tables.js';
import type { Topics } from './topics.js';

type Aggregates = Map<string, Record<string, Record<string, number>>>;

/** Reads everything back, past the job's own code for reading: what is in the services, not what a dump says. */
export async function observe(
  kafka: KafkaConnection,
  session: CassandraSession,
  keyspace: string,
  topics: Topics,
  groupId: string,
  cast: Cast,
): Promise<Observed> {
  const ranges = await kafka.partitionRanges(topics.input);
  return {
    inputs: await readTopic(kafka, topics.input),
    committed: await kafka.groupOffsets(groupId, topics.input),
    ends: new Map([...ranges].map(([partition, { end }]) => [partition, end])),
    enrolments: await readEnrolments(session, keyspace, cast),
    aggregates: await readAggregates(session, keyspace, cast),
    certificates: await readTopic(kafka, topics.certificates),
    audits: await readTopic(kafka, topics.audit),
    failed: await readTopic(kafka, topics.failed),
  };
}

export async function readTopic(kafka: KafkaConnection, topic: string): Promise<readonly ReadRecord[]> {
  const records: ReadRecord[] = [];
  for await (const record of kafka.readTopic(topic)) records.push(readable(record));
  return records.sort((a, b) => a.partition - b.partition || a.offset - b.offset);
}

export function readable({ partition, offset, timestamp, key, value }: ConsumerRecord): ReadRecord {
  const text = (bytes: Uint8Array | null): string | null =>
    bytes === null ? null : Buffer.from(bytes).toString('utf8');
  return { partition, offset, timestamp, key: text(key), value: text(value) };
}

async function readEnrolments(
  session: CassandraSession,
  keyspace: string,
  cast: Cast,
): Promise<Map<string, EnrolmentRow>> {
  const rows = new Map<string, EnrolmentRow>();
  const select = `SELECT userid, courseid, batchid, status, completedon, progress, contentstatus, active FROM ${keyspace}.user_enrolments`;
  for await (const row of session.rows(select)) {
    const userid = row['userid'] as string;
    if (!userid.startsWith(`${cast.prefix}-`)) continue;
    const completedon = row['completedon'] as Date | number | null | undefined;
    rows.set(enrolmentKey(userid, row['courseid'] as string, row['batchid'] as string), {
      status: (row['status'] as number | null | undefined) ?? null,
      completedon: completedon === null || completedon === undefined ? null : Number(completedon),
      progress: (row['progress'] as number | null | undefined) ?? null,
      contentstatus: plain<number>(row['contentstatus']),
      active: (row['active'] as boolean | null | undefined) ?? null,
    });
  }
  return rows;
}

async function readAggregates(session: CassandraSession, keyspace: string, cast: Cast): Promise<Aggregates> {
  const rows: Aggregates = new Map();
  const select = `SELECT activity_id, user_id, aggregates FROM ${keyspace}.user_activity_agg`;
  for await (const row of session.rows(select)) {
    const userid = row['user_id'] as string;
    if (!userid.startsWith(`${cast.prefix}-`)) continue;
    const activities = rows.get(userid) ?? {};
    activities[row['activity_id'] as string] = plain<number>(row['aggregates']);
    rows.set(userid, activities);
  }
  return rows;
}

/** A map column, whichever way the client gives it. */
function plain<T>(value: unknown): Record<string, T> {
  if (value === null || value === undefined) return {};
  return Object.fromEntries(
    value instanceof Map ? (value as Map<string, T>) : Object.entries(value as Record<string, T>),
  );
}
