import { expect } from '@jest/globals';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { KafkaConnection } from '@millrace/kafka';
import { uniqueName } from '@millrace/testing';
import { Finding } from './framework/finding.js';
import { integrityRow } from './framework/integrity-row.js';
import { JobProcess } from './framework/job-process.js';
import type { Row } from './framework/row.js';
import { isCommitted } from './framework/topics.js';
import { hostileRecords } from './oracle/hostile.js';
import { FIRST_REQUEST } from './oracle/requests.js';

/** Times that no request of the feed has: a record is known by its own. */
const HOSTILE = FIRST_REQUEST + 1_000_000_000;
const COPIES = 300;

integrityRow(
  'poison: hostile records alone, and whole batches of one',
  { seconds: 20, bounded: 6, protection: 'passes over a record without a value' },
  async (row) => {
    const scene = await row.scene({ learners: 200 });
    const codes = new Map<number, string | null>();
    const send = async (n: number, count: number): Promise<void> => {
      const { key, value, code } = hostileRecords[n] ?? { key: null, value: null, code: null };
      const records = Array.from({ length: count }, () => {
        const timestamp = HOSTILE + codes.size;
        codes.set(timestamp, code);
        return { key, value, timestamp };
      });
      await scene.kafka.append(scene.topics.input, records);
    };
    // Before the job starts, so that a fetch has nothing else in it.
    const small = hostileRecords.flatMap(({ value }, n) => ((value?.length ?? 0) < 1_000 ? [n] : []));
    for (const n of [small[0], small.at(-1)]) await send(n ?? 0, COPIES);
    await scene.start();
    scene.feed({ perSecond: 40 });
    await scene.progressed();
    row.underWay();
    for (let n = 0; n < hostileRecords.length; n += 1) await send(n, 1);
    const end = performance.now() + row.length * 1_000;
    for (let n = 0; performance.now() < end; n += 1) {
      await send(small[n % small.length] ?? 0, COPIES);
      await sleep(1_000);
    }
    const others = ({ timestamp }: { readonly timestamp: number | undefined }) => codes.get(timestamp ?? -1);
    row.report({ runs: hostileRecords.length, ...(await scene.checkEverything({ others })) });
  },
);

const misdeeds = ['throws a TypeError', 'throws undefined', 'rejects with undefined', 'never settles'];

async function survives(row: Row, misdeed: string): Promise<number> {
  const kafka = new KafkaConnection({ brokers: [...row.services.kafka.addresses] });
  row.onEnd(() => kafka.close());
  const [input, output] = [uniqueName('poison-in'), uniqueName('poison-out')];
  await kafka.createTopics([input, output].map((topic) => ({ topic, partitions: 1 })));
  const values = Array.from({ length: 200 }, (_, n) => (n === 100 ? 'poison' : String(n)));
  await kafka.append(
    input,
    values.map((value) => ({ key: 'key', value })),
  );
  const job = JSON.stringify({ brokers: row.services.kafka.addresses, input, output, misdeed });
  const script = join('test', 'integrity', 'jobs', 'user-function.mjs');
  const acting = new JobProcess([job], 0, { script });
  row.onEnd(() => (acting.isRunning ? acting.kill() : undefined));
  const printed = (): string => acting.stdout + acting.stderr;
  const deadline = performance.now() + 90_000;
  while (!(await isCommitted(kafka, input))) {
    if (printed().split('\n').includes(misdeed)) row.underWay();
    if (performance.now() > deadline || !acting.isRunning) throw new Finding(`${misdeed}: stuck\n${printed()}`);
    await sleep(200);
  }
  const ended = acting.stop().then(({ code }) => code);
  // Nobody ends it: what a failed attempt leaves open would keep it.
  expect({ misdeed, code: await Promise.race([ended, sleep(90_000, 'still alive')]) }).toEqual({ misdeed, code: 0 });
  expect(
    printed()
      .split('\n')
      .filter((line) => line === misdeed),
  ).toHaveLength(2);
  const written: string[] = [];
  for await (const { value } of kafka.readTopic(output)) written.push(Buffer.from(value ?? []).toString());
  // In order, each at least once.
  expect({ misdeed, values: [...new Set(written)] }).toEqual({ misdeed, values });
  return written.length - values.length;
}

integrityRow(
  'poison: a function of the user that throws or never settles',
  { seconds: 5, bounded: 5, onlyInFull: 'not yet seen to be stable', protection: 'is not begun again after a failure' },
  async (row) => {
    const repetitions = await Promise.all(misdeeds.map((misdeed) => survives(row, misdeed)));
    row.report({
      runs: misdeeds.length,
      records: misdeeds.length * 200,
      lost: 0,
      wrong: 0,
      duplicates: repetitions.reduce((sum, count) => sum + count, 0),
      note: misdeeds.join('; '),
    });
  },
);
