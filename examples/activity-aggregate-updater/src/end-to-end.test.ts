import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = process.cwd();
const place = mkdtempSync(join(tmpdir(), 'millrace-activity-updater-test-'));
const job = join(root, 'examples', 'activity-aggregate-updater');

function millrace(...args: readonly string[]): string {
  const bin = join(root, 'packages', 'runner', 'bin', 'millrace.mjs');
  return execFileSync(process.execPath, [bin, ...args, '--log-level', 'warn'], { encoding: 'utf8' });
}

type Row = Readonly<Record<string, unknown>>;

const lines = (file: string): Row[] =>
  readFileSync(join(place, file), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Row);

/** learner -> contents that the events of the sample complete. */
const completed = new Map<string, Set<string>>();
let requests: Row[];
let leaves: Map<string, { readonly all: readonly string[]; readonly required: readonly string[] }>;
let summary: Record<string, number>;
beforeAll(() => {
  millrace('sample', job, '--out', join(place, 'data'), '--users', '40');
  millrace('load', job, '--dataset', join(place, 'data'), '--embedded', join(place, 'store'));
  const run = ['run', job, '--embedded', join(place, 'store'), '--until-drained', '--summary', 'json'];
  const quick = ['--threshold.batch.read.size', '1', '--relation.cache.missing.wait', '0'];
  summary = JSON.parse(millrace(...run, ...quick)) as Record<string, number>;
  millrace('dump', job, '--embedded', join(place, 'store'), '--out', join(place, 'out'));
  requests = lines('data/requests.jsonl');
  const sets = new Map(lines('data/relations.jsonl').map(({ key, members }) => [String(key), members as string[]]));
  leaves = new Map(
    lines('data/enrolments.jsonl').map(({ courseid }) => {
      const course = String(courseid);
      const all = sets.get(`${course}:${course}:leafnodes`) ?? [];
      const optional = sets.get(`${course}:${course}:optionalnodes`) ?? [];
      return [course, { all, required: all.filter((id) => !optional.includes(id)) }];
    }),
  );
  for (const { value } of requests) {
    if (!String(value).includes('"batch-enrolment-update"')) continue;
    const { edata } = JSON.parse(String(value)) as {
      edata: { userId: string; contents: { contentId: string; status: number }[] };
    };
    const own = completed.get(edata.userId) ?? new Set<string>();
    for (const { contentId, status } of edata.contents) if (status === 2) own.add(contentId);
    completed.set(edata.userId, own);
  }
}, 120_000);
afterAll(() => {
  rmSync(place, { recursive: true, force: true });
});

describe('on the embedded default', () => {
  test('every event is accounted for', () => {
    const { read = 0, processed = 0, skipped = 0, failed = 0, coalesced = 0 } = summary;
    expect(read).toBe(requests.length);
    expect(processed + skipped + failed + coalesced).toBe(read);
    expect(lines('out/failed.jsonl')).toHaveLength(failed);
    expect(lines('out/certificates.jsonl')).toHaveLength(summary['certificates'] ?? -1);
    expect(lines('out/audit.jsonl')).toHaveLength(summary['audits'] ?? -1);
  });

  test('each completed content has one row that counts it once, whatever was sent twice', () => {
    const rows = lines('out/consumption.jsonl');
    expect(rows).toHaveLength([...completed.values()].reduce((sum, own) => sum + own.size, 0));
    for (const row of rows) {
      expect(row).toMatchObject({ status: 2, viewcount: 1, completedcount: 1 });
      expect(completed.get(String(row['userid']))).toContain(row['contentid']);
    }
  });

  test('enrolments are what the events and the relation cache say', () => {
    const rows = lines('out/enrolments.jsonl');
    const finished = rows.filter(({ userid, courseid, status, progress }) => {
      const { all, required } = leaves.get(String(courseid)) ?? { all: [], required: [] };
      if (all.length === 0) return false;
      const own = completed.get(String(userid)) ?? new Set();
      const count = required.filter((id) => own.has(id)).length;
      expect({ userid, progress, status }).toEqual({
        userid,
        progress: count,
        status: count >= required.length ? 2 : 1,
      });
      return status === 2;
    });
    expect(finished.length).toBeGreaterThanOrEqual(20);
    expect(summary['certificates']).toBe(finished.length);
  });
});
