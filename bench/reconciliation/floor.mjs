// The floor: one process, a plain loop of cassandra-driver, ioredis and kafkajs that sends the statements and records
// that the job sends for the same data, at the same concurrency, in the best form of each call that the job has. No
// framework, no retries, no error handling, no metrics: what an error means here is that the run does not count.
//   node floor.mjs SETTINGS (JSON)
import { createRequire } from 'node:module';
import { createOutputEvents } from '../../packages/reconciliation/dist/domain/output-events.js';
import { clientsOf } from './clients.mjs';
import { createRelations } from './floor-relations.mjs';
import { createTables } from './floor-tables.mjs';

const settings = JSON.parse(process.argv[2]);
const { requests, concurrency, topics } = settings;
const { cassandra, redis, kafka } = clientsOf(settings);
const { v5 } = createRequire(new URL('../../packages/reconciliation/package.json', import.meta.url))('uuid');

const producer = kafka.producer({ allowAutoTopicCreation: false });
const consumer = kafka.consumer({ groupId: settings.groupId, allowAutoTopicCreation: false, maxWaitTimeInMs: 500 });
await Promise.all([cassandra.connect(), redis.connect(), producer.connect(), consumer.connect()]);

const tables = createTables(cassandra, settings.keyspace);
const relations = createRelations(redis, settings.cacheSeconds * 1_000);
const events = createOutputEvents(v5);

/** What is to be sent while a request to the broker is under way goes out with the next one, as the job's sink does it. */
let waiting = [];
let isSending = false;
function send(certificate, audit) {
  return new Promise((resolve, reject) => {
    waiting.push({ certificate, audit, resolve, reject });
    if (!isSending) void sendAll();
  });
}
async function sendAll() {
  isSending = true;
  while (waiting.length > 0) {
    const batch = waiting;
    waiting = [];
    const topicMessages = [
      { topic: topics.certificates, messages: batch.map(({ certificate }) => certificate) },
      { topic: topics.audit, messages: batch.map(({ audit }) => audit) },
    ];
    await producer.sendBatch({ topicMessages });
    for (const { resolve } of batch) resolve();
  }
  isSending = false;
}

async function settle(message) {
  const { userId, courseId, batchId } = JSON.parse(message.value.toString()).edata;
  const key = [userId, courseId, batchId];
  const row = await tables.enrolment(key);
  if (row === undefined || row.status === 2) return;
  const structure = await relations.of(courseId);
  const readAt = tables.timestamp();
  const rows = await tables.consumption(key);
  const statuses = new Map(rows.map(({ contentid, status }) => [contentid, status ?? 1]));
  const counts = [[courseId, structure.required]];
  const units = new Set(rows.flatMap(({ contentid }) => structure.above.get(contentid) ?? []));
  for (const unit of units) counts.push([unit, structure.units.get(unit)]);
  const completed = counts.map(([id, required]) => [id, required.filter((each) => statuses.get(each) === 2).length]);
  await tables.mergeAggregates(userId, batchId, completed, readAt);
  const progress = completed[0][1];
  if (progress < structure.required.length) {
    await tables.progress(key, progress, statuses, readAt);
    return;
  }
  const completedon = Number(message.timestamp);
  await tables.completion(key, progress, statuses, completedon, readAt);
  const ids = { userId, courseId, batchId };
  await send(events.certificate(ids, completedon), events.audit(ids, completedon));
}

let inWork = 0;
let settled = 0;
let turn;
const { promise: done, resolve: finish } = Promise.withResolvers?.() ?? withResolvers();
await consumer.subscribe({ topic: topics.input, fromBeginning: true });
await consumer.run({
  eachBatch: async ({ batch, heartbeat }) => {
    for (const message of batch.messages) {
      if (inWork >= concurrency) await new Promise((resolve) => (turn = resolve));
      // Sent every three seconds at most. Without, a batch that takes longer than a session is read twice.
      await heartbeat();
      inWork += 1;
      void settle(message).then(() => {
        inWork -= 1;
        settled += 1;
        turn?.();
        if (settled === requests) finish();
      });
    }
  },
});
await done;
await consumer.commitOffsets([{ topic: topics.input, partition: 0, offset: String(requests) }]);
await Promise.all([consumer.disconnect(), producer.disconnect(), cassandra.shutdown(), redis.quit()]);

function withResolvers() {
  let resolve;
  return { promise: new Promise((each) => (resolve = each)), resolve: () => resolve() };
}
