import type { BoundStatement, CassandraSession } from '@millrace/cassandra';
import type { RedisConnection } from '@millrace/redis';
import { relationsOf } from '../oracle/course.js';
import { isStored } from '../oracle/learner.js';
import type { Cast, Learner } from '../oracle/learner.js';
import { aggregatesBefore, enrolmentBefore } from '../oracle/tables.js';

const AT_ONCE = 64;

/** Puts the rows of the first `pool` learners into the tables, as they are before the first request. */
export async function loadTables(session: CassandraSession, keyspace: string, cast: Cast, pool: number): Promise<void> {
  for (let from = 0; from < pool; from += AT_ONCE) {
    const learners = Array.from({ length: Math.min(AT_ONCE, pool - from) }, (_, n) => cast.learner(from + n));
    await Promise.all(learners.filter(isStored).map((learner) => loadLearner(session, keyspace, learner)));
  }
}

/** The courses' sets, as the platform's cache writer leaves them. */
export async function loadRelations(redis: RedisConnection, cast: Cast): Promise<void> {
  const commands = cast.courses.flatMap(relationsOf).flatMap(({ key, members }): [string, ...string[]][] => [
    ['DEL', key],
    ['SADD', key, ...members],
  ]);
  await redis.exec([{ commands, atomic: false }]);
}

async function loadLearner(session: CassandraSession, keyspace: string, learner: Learner): Promise<void> {
  const { userid, courseid, batchid } = learner;
  const row = enrolmentBefore(learner);
  const enrolment: BoundStatement = {
    statement: `INSERT INTO ${keyspace}.user_enrolments (userid, courseid, batchid, status, completedon, progress, active) VALUES (?, ?, ?, ?, ?, ?, ?)`,
    params: [
      userid,
      courseid,
      batchid,
      row?.status,
      typeof row?.completedon === 'number' ? new Date(row.completedon) : null,
      row?.progress,
      row?.active,
    ],
  };
  await session.batch([enrolment]);
  await loadConsumption(session, keyspace, learner);
  for (const [activity, aggregates] of Object.entries(aggregatesBefore(learner))) {
    await session.execute(
      `INSERT INTO ${keyspace}.user_activity_agg (activity_type, activity_id, user_id, context_id, aggregates) VALUES (?, ?, ?, ?, ?)`,
      ['Course', activity, userid, `cb:${batchid}`, aggregates],
    );
  }
}

export async function loadConsumption(session: CassandraSession, keyspace: string, learner: Learner): Promise<void> {
  const { userid, courseid, batchid } = learner;
  const consumption = [...learner.consumed].map(([contentid, status]) => ({
    statement: `INSERT INTO ${keyspace}.user_content_consumption (userid, courseid, batchid, contentid, status) VALUES (?, ?, ?, ?, ?)`,
    params: [userid, courseid, batchid, contentid, status],
  }));
  await session.batch(consumption);
}
