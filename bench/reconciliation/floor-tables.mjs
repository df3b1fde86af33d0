import { createRequire } from 'node:module';

const { types } = createRequire(new URL('../../packages/cassandra/package.json', import.meta.url))('cassandra-driver');

/** The job's statements on a bare client, prepared by their text. */
export function createTables(client, keyspace) {
  const table = (name) => `"${keyspace}"."${name}"`;
  const where = 'WHERE userid = ? AND courseid = ? AND batchid = ?';
  const select =
    'SELECT status, completedon, issued_certificates, certificates, WRITETIME(status) AS w0, ' +
    `WRITETIME(completedon) AS w1, WRITETIME(progress) AS w2, WRITETIME(datetime) AS w3 FROM ${table('user_enrolments')} ${where}`;
  const selectConsumption = `SELECT contentid, status FROM ${table('user_content_consumption')} ${where}`;
  const merge =
    `UPDATE ${table('user_activity_agg')} USING TIMESTAMP ? SET aggregates = aggregates + ?, ` +
    'agg_last_updated = agg_last_updated + ? ' +
    'WHERE activity_type = ? AND activity_id = ? AND user_id = ? AND context_id = ?';
  const update = `UPDATE ${table('user_enrolments')} USING TIMESTAMP ? SET`;
  const progress = `${update} progress = ?, contentstatus = ?, datetime = ? ${where}`;
  const progressAndStatus = `${update} progress = ?, contentstatus = ?, datetime = ?, status = ? ${where}`;
  const completion = `${update} status = ?, completedon = ? ${where}`;
  const options = { prepare: true, isIdempotent: true };
  let last = 0;
  return {
    /** Microseconds since 1970 UTC, each larger than the one before. */
    timestamp() {
      last = Math.max(last + 1, Date.now() * 1_000);
      return types.Long.fromNumber(last);
    },
    async enrolment(key) {
      const { rows } = await client.execute(select, key, options);
      return rows[0];
    },
    async consumption(key) {
      return (await client.execute(selectConsumption, key, options)).rows;
    },
    mergeAggregates(userId, batchId, completed, at) {
      const updated = new Map([['completedCount', new Date()]]);
      const context = `cb:${batchId}`;
      const queries = completed.map(([id, count]) => ({
        query: merge,
        params: [at, new Map([['completedCount', count]]), updated, 'Course', id, userId, context],
      }));
      return client.batch(queries, { ...options, logged: false });
    },
    progress(key, count, statuses, at) {
      return client.execute(progressAndStatus, [at, count, statuses, new Date(), 1, ...key], options);
    },
    completion(key, count, statuses, completedon, at) {
      const queries = [
        { query: progress, params: [at, count, statuses, new Date(), ...key] },
        { query: completion, params: [this.timestamp(), 2, new Date(completedon), ...key] },
      ];
      return client.batch(queries, { ...options, logged: false });
    },
  };
}
