import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { commandInProcess, loadInProcess, runInProcess } from '../support/in-process.js';
import type { Place } from '../support/in-process.js';
import { temporaryFolder } from '../support/world.js';

const COURSE = 'do_2131410000195788811239';
const GONE = 'do_2131410000281804811344';
const BATCH = '0131420000001703936';
const ASKED = Date.UTC(2026, 0, 31, 8, 0, 0);
const DAY = 86_400_000;

/** One learner for each thing that explain may show. Course of four contents in one unit, one of them optional. */
function writeDataset(folder: string): void {
  const files: Record<string, object[]> = {
    enrolments: [],
    consumption: [],
    relations: [],
    collections: [],
    requests: [],
  };
  const enrol = (userid: string, statuses: Readonly<Record<string, number>>, row: object, courseid = COURSE): void => {
    const key = { userid, courseid, batchid: BATCH };
    files['enrolments']?.push({ ...key, active: true, enrolled_date: ASKED - 90 * DAY, ...row });
    for (const [contentid, status] of Object.entries(statuses))
      files['consumption']?.push({ ...key, contentid, status });
  };
  const all = { do_a: 2, do_b: 2, do_c: 2 };
  enrol('asha', all, { status: 1, progress: 1, contentstatus: { do_a: 2 }, datetime: ASKED - 2 * DAY });
  enrol('binod', all, {
    ...{ status: 2, completedon: ASKED - DAY, progress: 3, contentstatus: all, datetime: ASKED - DAY },
  });
  enrol('chitra', { do_a: 2, do_b: 1, do_extra: 2 }, { status: 1, progress: 1, contentstatus: { do_a: 2 } });
  enrol('deepa', all, { status: 1, progress: 0, datetime: ASKED - 2 * DAY }, GONE);
  const edata = { action: 'user-enrolment-sync', iteration: 1, batchId: BATCH, userId: 'deepa', courseId: GONE };
  files['requests']?.push({
    ...{ key: 'deepa', timestamp: ASKED - DAY, partition: 0 },
    value: JSON.stringify({ eid: 'BE_JOB_REQUEST', ets: ASKED - DAY, edata }),
  });
  for (const identifier of [COURSE, GONE]) files['collections']?.push({ identifier, status: 'Live' });
  files['relations']?.push(
    { key: `${COURSE}:${COURSE}:leafnodes`, members: ['do_a', 'do_b', 'do_c', 'do_extra'] },
    { key: `${COURSE}:${COURSE}:optionalnodes`, members: ['do_extra'] },
    { key: `${COURSE}:do_unit_1:leafnodes`, members: ['do_a', 'do_b'] },
    ...['do_a', 'do_b'].map((id) => ({ key: `${COURSE}:${id}:ancestors`, members: [COURSE, 'do_unit_1'] })),
    { key: `${COURSE}:do_c:ancestors`, members: [COURSE] },
  );
  mkdirSync(folder, { recursive: true });
  for (const [name, lines] of Object.entries(files)) {
    writeFileSync(join(folder, `${name}.jsonl`), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  }
}

/** Moments of this very run become one moment of the same length. */
function withoutTimes(text: string): string {
  return text.replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, (time) =>
    Math.abs(Date.parse(time) - Date.now()) < 3_600_000 ? '2026-01-31T08:10:00.000Z' : time,
  );
}

/** The sections of an explanation whose titles begin with one of these, behind the line of the ids. */
function sections(text: string, ...titles: readonly string[]): string {
  const [head = '', ...rest] = text.trimEnd().split('\n\n');
  return `${[head, ...rest.filter((each) => titles.some((title) => each.startsWith(title)))].join('\n\n')}\n`;
}

describe('example outputs of explain and request in the runbook', () => {
  const folder = temporaryFolder();
  const place: Place = {
    embedded: join(folder, 'store'),
    settings: { 'relation.cache.missing.wait': '0' },
  };
  const explain = async (user: string, course = COURSE): Promise<string> =>
    withoutTimes(await commandInProcess(place, 'explain', { user, course, batch: BATCH, time: ASKED }, 'table'));

  beforeAll(async () => {
    writeDataset(join(folder, 'in'));
    await loadInProcess(place, join(folder, 'in'));
    await runInProcess(place);
  });
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  test.each<[string, () => Promise<string>]>([
    ['explain-stale', () => explain('asha')],
    ['explain-no-certificate', async () => sections(await explain('binod'), 'A request', 'Enrolment')],
    [
      'explain-content-missing',
      async () => sections(await explain('chitra'), 'A request', 'Contents', 'Missing', 'Optional'),
    ],
    ['explain-not-enrolled', async () => sections(await explain('esha'), 'A request', 'Enrolment')],
    ['explain-fails', async () => sections(await explain('deepa', GONE), 'A request', 'The search service', 'Failed')],
    ['request', () => commandInProcess(place, 'request', { user: 'asha', course: COURSE, batch: BATCH }, 'table')],
  ])('%s (UPDATE_GOLDEN=1 writes it)', async (name, print) => {
    const golden = join(process.cwd(), 'test', 'golden', `${name}.txt`);
    const text = await print();
    if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(golden, text);
    expect(text).toBe(readFileSync(golden, 'utf8'));
  });
});
