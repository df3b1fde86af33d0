import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ConsumerRecord } from '@millrace/core';
import { EmbeddedStore } from '@millrace/embedded';
import { KafkaConnection } from '@millrace/kafka';
import type { ServiceHandles } from '@millrace/testing';
import { millraceOk, summaryOf } from './cli.js';
import type { World } from './world.js';

/** A course of two contents; its learners have completed both, `status` is stored. */
export const COURSE = 'do_course';
export const BATCH = '0131';

export function learners(count: number): readonly string[] {
  return Array.from({ length: count }, (_, i) => `learner-${String(i)}`);
}

/**
 * Data sets: `failing` has enrolments, consumption and a request for each learner, but no leaf nodes of the course, and
 * three requests that are no requests; `mended` has the leaf nodes.
 */
export function writeFailingWorld(folder: string, users: readonly string[]): { failing: string; mended: string } {
  const [failing, mended] = [join(folder, 'failing'), join(folder, 'mended')];
  for (const each of [failing, mended]) mkdirSync(each, { recursive: true });
  const write = (name: string, lines: readonly object[]): void =>
    writeFileSync(join(failing, name), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  const key = (userid: string) => ({ userid, courseid: COURSE, batchid: BATCH });
  write(
    'enrolments.jsonl',
    users.map((user) => ({ ...key(user), active: true, status: 1, progress: 1, contentstatus: { a: 2 } })),
  );
  write(
    'consumption.jsonl',
    users.flatMap((user) => ['a', 'b'].map((contentid) => ({ ...key(user), contentid, status: 2 }))),
  );
  write('collections.jsonl', [{ identifier: COURSE, status: 'Live' }]);
  write('requests.jsonl', [
    ...users.map((userId, index) => {
      const edata = { action: 'user-enrolment-sync', iteration: 1, userId, courseId: COURSE, batchId: BATCH };
      return {
        key: userId,
        value: JSON.stringify({ eid: 'BE_JOB_REQUEST', edata }),
        timestamp: 1_700_000_000_000 + index,
      };
    }),
    { key: 'nobody', value: 'no JSON' },
    { key: 'nobody', valueBase64: Buffer.from([0xff]).toString('base64') },
    { key: 'nobody', value: JSON.stringify({ edata: { action: 'user-enrolment-sync', userId: '' } }) },
  ]);
  const relations = [
    { key: `${COURSE}:${COURSE}:leafnodes`, members: ['a', 'b'] },
    { key: `${COURSE}:a:ancestors`, members: [COURSE] },
    { key: `${COURSE}:b:ancestors`, members: [COURSE] },
  ];
  writeFileSync(join(mended, 'relations.jsonl'), relations.map((line) => `${JSON.stringify(line)}\n`).join(''));
  return { failing, mended };
}

/** Missing leaf nodes are believed at once. */
export const quick = ['--set', 'relation.cache.missing.wait=0', '--set', 'relation.cache.missing.expiry=0'];

export async function runToTheEnd(world: World): Promise<Readonly<Record<string, number>>> {
  const args = ['run', 'reconciliation', '--until-drained', '--summary', 'json', ...world.options, ...quick];
  return summaryOf(await millraceOk(args));
}

/** Records of a topic; the world's store must not be in use. Undefined where there is no such topic. */
export async function recordsOf(
  world: World,
  topic: string,
  services?: ServiceHandles,
): Promise<readonly ConsumerRecord[] | undefined> {
  if (services === undefined) {
    const store = await EmbeddedStore.open(world.options[1] ?? '');
    try {
      return store.log.topic(topic) === undefined ? undefined : [...store.log.readAll(topic)];
    } finally {
      await store.close();
    }
  }
  const kafka = new KafkaConnection({ brokers: [...services.kafka.addresses] });
  try {
    const records: ConsumerRecord[] = [];
    for await (const record of kafka.readTopic(topic)) records.push(record);
    return records;
  } catch (error) {
    if ((error as { code?: string }).code === 'ERR_KAFKA_TOPIC_MISSING') return undefined;
    throw error;
  } finally {
    await kafka.close();
  }
}

/** Everything that a command could have written: tables and topics, as text. */
export async function everythingOf(world: World, folder: string, topics: readonly string[], services?: ServiceHandles) {
  const out = join(folder, `dump-${String(Math.random()).slice(2)}`);
  mkdirSync(out);
  await millraceOk(['dump', 'reconciliation', '--out', out, ...world.options]);
  const records: Record<string, unknown> = {};
  for (const topic of topics) {
    records[topic] = (await recordsOf(world, topic, services))?.map(({ partition, offset, value }) => [
      partition,
      offset,
      value === null ? null : Buffer.from(value).toString('base64'),
    ]);
  }
  return { out, records };
}
