import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { commandInProcess, loadInProcess, runInProcess } from '../support/in-process.js';
import { temporaryFolder } from '../support/world.js';

const COURSE = 'do_2131410000195788811239';
const GONE = 'do_2131410000281804811344';
const BATCH = '0131420000001703936';

/** A course of four contents, one of them optional, and one without leaf nodes. Named learners, some cases each. */
function writeDataset(folder: string): void {
  mkdirSync(folder, { recursive: true });
  const write = (name: string, lines: readonly object[]): void =>
    writeFileSync(join(folder, name), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  const contents = ['do_a', 'do_b', 'do_c'];
  const enrolments: object[] = [];
  const consumption: object[] = [];
  const requests: object[] = [];
  const enrol = (userid: string, seen: readonly string[], row: object, courseid = COURSE): void => {
    const key = { userid, courseid, batchid: BATCH };
    enrolments.push({ ...key, active: true, ...row });
    for (const contentid of seen) consumption.push({ ...key, contentid, status: 2 });
  };
  const stored = (seen: readonly string[]) => ({
    progress: seen.length,
    contentstatus: Object.fromEntries(seen.map((id) => [id, 2])),
  });
  for (const [i, user] of ['asha', 'binod', 'chitra'].entries())
    enrol(user, contents, { status: 1, ...stored(contents.slice(0, i)) });
  for (const user of ['deepa', 'esha']) enrol(user, contents.slice(0, 2), { status: 0 });
  for (const user of ['farid', 'gita'])
    enrol(user, contents.slice(0, 1), { status: 1, ...stored(contents.slice(0, 1)) });
  enrol('hari', [], { status: 0 });
  enrol('indu', contents, { status: 2, completedon: 1_700_000_000_000, ...stored(contents) });
  const issued = [{ identifier: 'c-1', name: 'Completion' }];
  enrol('jaya', contents, {
    status: 2,
    completedon: 1_700_000_000_000,
    issued_certificates: issued,
    ...stored(contents),
  });
  for (const user of ['kiran', 'lata']) {
    enrol(user, contents, { status: 1 }, GONE);
    const edata = { action: 'user-enrolment-sync', iteration: 1, userId: user, courseId: GONE, batchId: BATCH };
    const value = JSON.stringify({ eid: 'BE_JOB_REQUEST', ets: 1_769_846_400_000, edata });
    requests.push({ key: user, value, timestamp: 1_769_846_400_000, partition: 0 });
  }
  requests.push({ key: 'mina', value: '{"edata":', timestamp: 1_769_846_400_000, partition: 0 });
  write('enrolments.jsonl', enrolments);
  write('consumption.jsonl', consumption);
  write('requests.jsonl', requests);
  write(
    'collections.jsonl',
    [COURSE, GONE].map((identifier) => ({ identifier, status: 'Live' })),
  );
  write('aggregates.jsonl', [
    ...['farid', 'gita'].map((user) => ({
      ...{ activity_type: 'Course', activity_id: COURSE, user_id: user, context_id: `cb:${BATCH}` },
      aggregates: { completedCount: 1 },
    })),
  ]);
  write('relations.jsonl', [
    { key: `${COURSE}:${COURSE}:leafnodes`, members: [...contents, 'do_extra'] },
    { key: `${COURSE}:${COURSE}:optionalnodes`, members: ['do_extra'] },
    ...contents.map((id) => ({ key: `${COURSE}:${id}:ancestors`, members: [COURSE] })),
  ]);
}

/** Moments of the run become one moment of the same length. */
function withoutTimes(text: string): string {
  return text.replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, (time) =>
    Math.abs(Date.parse(time) - Date.now()) < 3_600_000 ? '2026-01-31T08:10:00.000Z' : time,
  );
}

describe('example outputs of the runbook', () => {
  const folder = temporaryFolder();
  const place = {
    embedded: join(folder, 'store'),
    settings: { 'relation.cache.missing.wait': '0', 'relation.cache.missing.expiry': '0' },
  };
  const outputs = new Map<string, string>();
  const all = { code: [], course: undefined, since: undefined, until: undefined };

  beforeAll(async () => {
    writeDataset(join(folder, 'in'));
    await loadInProcess(place, join(folder, 'in'));
    await runInProcess(place);
    const note = async (
      name: string,
      command: string,
      options: Parameters<typeof commandInProcess>[2],
    ): Promise<void> => {
      outputs.set(name, withoutTimes(await commandInProcess(place, command, options, 'table')));
    };
    const drift = { course: COURSE, batch: BATCH, resume: undefined };
    await note('drift', 'drift', { ...drift, out: join(folder, 'stale.jsonl') });
    outputs.set(
      'drift-line',
      readFileSync(join(folder, 'stale.jsonl'), 'utf8').split('\n').slice(0, 1).join('') + '\n',
    );
    await note('failed-list', 'failed list', all);
    const list = JSON.parse(await commandInProcess(place, 'failed list', { ...all, course: GONE })) as {
      readonly groups: readonly { readonly event: string }[];
    };
    await note('failed-show', 'failed show', { event: list.groups[0]?.event });
    const mended = join(folder, 'mended');
    mkdirSync(mended);
    const relation = { key: `${GONE}:${GONE}:leafnodes`, members: ['do_a', 'do_b', 'do_c'] };
    writeFileSync(join(mended, 'relations.jsonl'), `${JSON.stringify(relation)}\n`);
    await loadInProcess(place, mended);
    await note('failed-replay-dry-run', 'failed replay', { ...all, 'dry-run': true });
    await note('failed-replay', 'failed replay', all);
    await note('failed-replay-again', 'failed replay', all);
    await runInProcess(place);
    await note('failed-list-after', 'failed list', all);
  }, 120_000);
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  test.each([
    'drift',
    'drift-line',
    'failed-list',
    'failed-show',
    'failed-replay-dry-run',
    'failed-replay',
    'failed-replay-again',
    'failed-list-after',
  ])('%s is the golden file (UPDATE_GOLDEN=1 writes it)', (name) => {
    const golden = join(process.cwd(), 'test', 'golden', `${name}.txt`);
    if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(golden, outputs.get(name) ?? '');
    expect(outputs.get(name)).toBe(readFileSync(golden, 'utf8'));
  });
});
