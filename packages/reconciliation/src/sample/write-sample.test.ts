import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { checkDataset, datasetParsers } from '../dataset/check-dataset.js';
import { embeddedKeyBounds } from '../dataset/lines.js';
import { datasetTables } from '../dataset/table-schema.js';
import { writeSample } from './write-sample.js';

const files = ['consumption', 'enrolments', 'aggregates', 'relations', 'collections', 'requests'];

describe('writeSample', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'millrace-sample-'));
  });

  afterEach(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  const sample = async (name: string, size: { users?: number; courses?: number; seed?: number }): Promise<string> => {
    const out = join(folder, name);
    await writeSample({ out, users: undefined, courses: undefined, seed: undefined, progress() {}, ...size });
    return out;
  };
  const digest = async (out: string): Promise<string[]> =>
    Promise.all(
      files.map(async (name) =>
        createHash('sha256')
          .update(await readFile(join(out, `${name}.jsonl`)))
          .digest('hex'),
      ),
    );
  const lines = async (out: string, name: string): Promise<Record<string, unknown>[]> =>
    (await readFile(join(out, `${name}.jsonl`), 'utf8'))
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Record<string, unknown>);

  test('the same seed gives the same bytes, another seed others', async () => {
    const first = await digest(await sample('a', { users: 60, courses: 12, seed: 7 }));
    expect(await digest(await sample('b', { users: 60, courses: 12, seed: 7 }))).toEqual(first);
    const other = await digest(await sample('c', { users: 60, courses: 12, seed: 8 }));
    expect(other[0]).not.toBe(first[0]);
  });

  test('bytes of the published seed stay what they are', async () => {
    const out = await sample('golden', { users: 20, courses: 10 });
    expect((await digest(out)).map((hash) => hash.slice(0, 12))).toMatchSnapshot();
  });

  test('every line passes the checks of load, at the default size at least 20,000 requests', async () => {
    const out = await sample('whole', {});
    const parsers = datasetParsers(datasetTables, embeddedKeyBounds, Date.now());
    const facts = await checkDataset(out, parsers, new AbortController().signal, () => {});
    expect(facts.lines.get('requests.jsonl')).toBeGreaterThanOrEqual(20_000);
    expect(facts.lines.get('requests.jsonl')).toBeLessThan(25_000);
    const enrolments = await lines(out, 'enrolments');
    expect(new Set(enrolments.map((row) => row['userid'])).size).toBe(2_000);
    expect(new Set(enrolments.map((row) => row['courseid'])).size).toBe(50);
  });

  test('has completed enrolments with and without certificates, and stale ones', async () => {
    const rows = await lines(await sample('mix', { users: 200, courses: 20 }), 'enrolments');
    const completed = rows.filter((row) => row['status'] === 2);
    expect(completed.some((row) => row['issued_certificates'] === undefined)).toBe(true);
    expect(completed.some((row) => row['issued_certificates'] !== undefined)).toBe(true);
    expect(rows.filter((row) => row['status'] === 1).length).toBeGreaterThan(rows.length / 3);
  });

  test('has a retired, an unknown and a live course without leaf nodes', async () => {
    const out = await sample('odd', { users: 30, courses: 20 });
    const withLeaves = new Set((await lines(out, 'relations')).map((line) => String(line['key'])));
    const statuses = new Map((await lines(out, 'collections')).map((line) => [line['identifier'], line['status']]));
    const courses = new Set((await lines(out, 'enrolments')).map((row) => String(row['courseid'])));
    const missing = [...courses].filter((id) => !withLeaves.has(`${id}:${id}:leafnodes`));
    expect(
      missing
        .map((id) => statuses.get(id))
        .map((status) => (status === undefined ? 'none' : status))
        .sort(),
    ).toEqual([expect.stringMatching(/Live|Unlisted/), 'Retired', 'none']);
  });

  test('one user and one course are enough, and no user gives empty files', async () => {
    expect((await lines(await sample('one', { users: 1, courses: 1 }), 'requests')).length).toBeGreaterThan(0);
    expect(await lines(await sample('zero', { users: 0, courses: 0 }), 'requests')).toEqual([]);
  });
});
