import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { systemClock } from '@millrace/core';
import { ManualClock } from '@millrace/core/testing';
import fc from 'fast-check';
import type { EnrolmentKey } from '../../domain/model.js';
import type { EnrolmentScan, ScanFilter, ScannedPage } from '../../stores/enrolment-scan.js';
import { meant } from '../../stores/enrolment-scan.js';
import { Pace } from '../pace.js';
import { drift } from './drift.js';
import type { Finding, Judge } from './findings.js';
import { resumableDrift } from './resumable-drift.js';
import type { ResumableDriftOptions } from './resumable-drift.js';

const never = new AbortController().signal;
const unlimited = new Pace(systemClock, Number.POSITIVE_INFINITY, never);
const plain = { wouldComplete: false, lacksCertificate: false, line: undefined, code: undefined };
const filter: ScanFilter = { courseId: 'course-0', batchId: undefined };

/** A table of `size` rows that are made as they are read; every `every`-th is of the course. */
class MadeUpScan implements EnrolmentScan {
  pages = 0;
  readonly size: number;
  readonly every: number;
  readonly perPage: number;
  /** Every how many pages there is a position. */
  readonly positions: number;

  constructor(size: number, { every = 2, perPage = 100, positions = 1 } = {}) {
    [this.size, this.every, this.perPage, this.positions] = [size, every, perPage, positions];
  }

  async *scan(wanted: ScanFilter, from: string | undefined): AsyncIterable<ScannedPage> {
    for (let start = Number(from ?? 0); start < this.size; start += this.perPage) {
      const end = Math.min(this.size, start + this.perPage);
      const keys: EnrolmentKey[] = [];
      for (let i = start; i < end; i += 1) {
        keys.push({ userId: `user-${String(i)}`, courseId: `course-${String(i % this.every)}`, batchId: 'b' });
      }
      this.pages += 1;
      const hasPosition = this.pages % this.positions === 0 || end === this.size;
      const position = hasPosition ? String(end) : undefined;
      yield await Promise.resolve({ keys: meant(keys, wanted), rows: end - start, position, share: end / this.size });
    }
  }
}

/** Every third enrolment of the course is stale. */
const judge: Judge = async ({ userId }): Promise<Finding> => {
  await Promise.resolve();
  const isStale = Number(userId.slice(5)) % 3 === 0;
  return isStale ? { ...plain, kind: 'stale', line: { userId } } : { ...plain, kind: 'agrees' };
};

describe('drift', () => {
  const base = { filter, concurrency: 4, pace: unlimited, clock: systemClock, signal: never, from: undefined };
  const quiet = { write: async () => undefined, reached: async () => undefined, progress: () => undefined };

  test('counts every enrolment once', async () => {
    const findings: Finding[] = [
      { ...plain, kind: 'agrees', lacksCertificate: true },
      { ...plain, kind: 'stale', wouldComplete: true, line: {} },
      { ...plain, kind: 'stale', line: {} },
      { ...plain, kind: 'no-consumption' },
      { ...plain, kind: 'fails', code: 'ERR_LEAF_NODES_MISSING' },
      { ...plain, kind: 'gone' },
    ];
    const next = findings[Symbol.iterator]();
    const judged = async (): Promise<Finding> => next.next().value!;
    const counts = await drift(new MadeUpScan(6, { every: 1 }), { ...base, ...quiet, judge: judged });
    expect(counts).toEqual({
      ...{ scanned: 6, enrolments: 5, agree: 1, stale: 2, noConsumption: 1, fail: 1 },
      ...{ wouldComplete: 1, completeWithoutCertificate: 1, failures: { ERR_LEAF_NODES_MISSING: 1 } },
    });
  });

  test('lines come in the order of the scan, whichever look ends first', async () => {
    const lines: object[] = [];
    let turn = 0;
    const uneven: Judge = async (key) => {
      turn += 1;
      for (let wait = (turn * 7) % 5; wait > 0; wait -= 1) await new Promise(setImmediate);
      return judge(key);
    };
    const write = async (more: readonly object[]): Promise<void> => void lines.push(...more);
    await drift(new MadeUpScan(300), { ...base, ...quiet, judge: uneven, write });
    expect(lines).toEqual(Array.from({ length: 50 }, (_, i) => ({ userId: `user-${String(i * 6)}` })));
  });

  test('a service that stumbles is asked again, an outage ends the scan', async () => {
    const clock = new ManualClock();
    let failures = 2;
    const stumbling: Judge = async (key) => {
      if (failures-- > 0) throw new Error('timeout');
      return judge(key);
    };
    const scan = drift(new MadeUpScan(10), { ...base, ...quiet, clock, judge: stumbling });
    await clock.advance(30_000);
    expect((await scan).enrolments).toBe(5);

    const down = drift(new MadeUpScan(10), {
      ...base,
      ...quiet,
      clock,
      judge: () => Promise.reject(new Error('down')),
    });
    const error = down.catch((thrown: unknown) => thrown);
    await clock.advance(60_000);
    expect(await error).toEqual(new Error('down'));
  });

  test('memory does not grow with the table', async () => {
    setFlagsFromString('--expose_gc');
    const collect = runInNewContext('gc') as () => void;
    const heap = (): number => {
      collect();
      return process.memoryUsage().heapUsed;
    };
    const large = (size: number): Promise<unknown> =>
      drift(new MadeUpScan(size, { every: 10, perPage: 1_000 }), { ...base, ...quiet, judge });
    await large(20_000);
    const before = heap();
    await large(400_000);
    // The keys kept would be some 80 MB.
    expect(heap() - before).toBeLessThan(25_000_000);
  }, 60_000);
});

describe('a drift that is interrupted', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'millrace-drift-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  const options = (over: Partial<ResumableDriftOptions> = {}): ResumableDriftOptions => ({
    ...{ filter, judge, concurrency: 4, pace: unlimited, signal: never, restart: false },
    // Time goes on by a second and more with every look at the clock: every position is written down.
    clock: { ...systemClock, monotonic: () => (ticks += 2_000) },
    question: { courseId: 'course-0', batchId: null, where: 'here', out: join(folder, 'out.jsonl') },
    resume: join(folder, 'out.jsonl.resume'),
    onResume: () => undefined,
    progress: () => undefined,
    ...over,
  });
  let ticks = 0;
  const lines = (): string[] => readFileSync(join(folder, 'out.jsonl'), 'utf8').split('\n').slice(0, -1);
  const expected = (size: number): string[] =>
    Array.from({ length: Math.ceil(size / 6) }, (_, i) => JSON.stringify({ userId: `user-${String(i * 6)}` }));

  test('goes on where it was, however often, and no line is lost or there twice', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 400 }),
        fc.integer({ min: 1, max: 4 }),
        fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 6 }),
        async (size, positions, lives) => {
          const scan = { perPage: 20, positions };
          for (const looks of lives) {
            let left = looks;
            const dying: Judge = async (key) => {
              if (left-- <= 0) throw new Error('killed');
              return judge(key);
            };
            // Without the writing down that an orderly end has: as after a SIGKILL.
            await resumableDrift(new MadeUpScan(size, scan), {
              ...options({ judge: dying }),
              clock: {
                ...systemClock,
                monotonic: () => (ticks += 2_000),
                setTimer: (_ms, call) => (call(), () => undefined),
              },
            }).catch((error: unknown) => {
              if ((error as Error).message !== 'killed') throw error;
            });
          }
          const counts = await resumableDrift(new MadeUpScan(size, scan), options());
          expect(counts).toMatchObject({ scanned: size, enrolments: Math.ceil(size / 2), stale: Math.ceil(size / 6) });
          expect(lines()).toEqual(expected(size));
          expect(() => readFileSync(join(folder, 'out.jsonl.resume'))).toThrow('ENOENT');
        },
      ),
      { numRuns: 25 },
    );
  }, 60_000);

  /** Stops behind `pages` pages. */
  async function interrupt(size: number, pages: number, over: Partial<ResumableDriftOptions> = {}): Promise<void> {
    const stop = new AbortController();
    let seen = 0;
    const stopped = resumableDrift(new MadeUpScan(size), {
      ...options({ signal: stop.signal, ...over }),
      progress: () => {
        if (++seen === pages) stop.abort(new Error('enough'));
      },
    });
    await expect(stopped).rejects.toThrow('enough');
  }

  test('what stands behind the last position is cut off, however long it is', async () => {
    await interrupt(1_000, 3);
    writeFileSync(join(folder, 'out.jsonl'), '{"userId":"user-999"}\n'.repeat(1_000) + '{"userId":"us', { flag: 'a' });
    await resumableDrift(new MadeUpScan(1_000), options());
    expect(lines()).toEqual(expected(1_000));
  });

  test('says where it goes on; with restart it begins anew', async () => {
    await interrupt(1_000, 3);
    const told: number[] = [];
    const onResume: ResumableDriftOptions['onResume'] = ({ counts }) => void told.push(counts.scanned);
    await interrupt(1_000, 2, { onResume });
    expect(told).toEqual([300]);
    const scan = new MadeUpScan(1_000);
    await resumableDrift(scan, options({ restart: true, onResume }));
    expect(told).toEqual([300]);
    expect(scan.pages).toBe(10);
    expect(lines()).toEqual(expected(1_000));
  });

  test('without a file of lines it goes on by the file that is named', async () => {
    const question = { courseId: 'course-0', batchId: null, where: 'here', out: null };
    const resume = join(folder, 'here.resume');
    await interrupt(1_000, 4, { question, resume });
    const scan = new MadeUpScan(1_000);
    expect(await resumableDrift(scan, options({ question, resume }))).toMatchObject({ scanned: 1_000, stale: 167 });
    expect(scan.pages).toBe(6);
  });

  test('another question does not go on with it', async () => {
    await interrupt(1_000, 3);
    const asked = { courseId: 'course-0', batchId: null, where: 'here', out: join(folder, 'out.jsonl') };
    for (const [over, name] of [
      [{ courseId: 'course-1' }, 'course'],
      [{ batchId: 'b' }, 'batch'],
      [{ where: 'elsewhere' }, 'table'],
    ] as const) {
      const other = resumableDrift(new MadeUpScan(1_000), options({ question: { ...asked, ...over } }));
      await expect(other).rejects.toMatchObject({
        code: 'ERR_RESUME_FILE',
        message: expect.stringContaining(`a scan with another ${name}`) as unknown,
      });
    }
    expect(lines()).toHaveLength(50);
  });

  test.each(['', 'null', '{"version":1}', '{"version":2,"question":{},"standing":{}}', '[]'])(
    'a resume file of %j is refused, and nothing is touched',
    async (content) => {
      writeFileSync(join(folder, 'out.jsonl.resume'), content);
      writeFileSync(join(folder, 'out.jsonl'), 'precious\n');
      await expect(resumableDrift(new MadeUpScan(10), options())).rejects.toMatchObject({ code: 'ERR_RESUME_FILE' });
      expect(lines()).toEqual(['precious']);
    },
  );

  test('a file of lines that is shorter or gone is said', async () => {
    await interrupt(1_000, 3);
    writeFileSync(join(folder, 'out.jsonl'), '');
    await expect(resumableDrift(new MadeUpScan(10), options())).rejects.toMatchObject({ code: 'ERR_OUT_FILE' });
    rmSync(join(folder, 'out.jsonl'));
    await expect(resumableDrift(new MadeUpScan(10), options())).rejects.toMatchObject({ code: 'ERR_OUT_FILE' });
  });

  test("a folder that is not there is the user's error", async () => {
    const out = join(folder, 'nowhere', 'out.jsonl');
    const question = { courseId: 'course-0', batchId: null, where: 'here', out };
    const failed = resumableDrift(new MadeUpScan(10), options({ question, resume: `${out}.resume` }));
    await expect(failed).rejects.toMatchObject({ code: 'ENOENT', path: out });
  });
});
