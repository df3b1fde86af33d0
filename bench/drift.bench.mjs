// Memory and rate of `drift` over a table that is made up as it is read: the scan's loop, the job's own stages for the
// enrolments of the course, the file of the stale ones, the file by which it goes on.
//   npm run bench -- drift [--rows N] [--every N] [--json FILE]
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { systemClock } from '@millrace/core';
import Table from 'cli-table3';
import { look } from '../packages/reconciliation/dist/commands/drift/look.js';
import { resumableDrift } from '../packages/reconciliation/dist/commands/drift/resumable-drift.js';
import { Pace } from '../packages/reconciliation/dist/commands/pace.js';

const PAGE = 1_000;
const COURSE = 'course-0';
const contents = Array.from({ length: 20 }, (_, i) => `content-${i}`);

/** `rows` enrolments, every `every`-th of the course. */
function scanOf(rows, every) {
  return {
    async *scan({ courseId }, from) {
      for (let start = Number(from ?? 0); start < rows; start += PAGE) {
        const end = Math.min(rows, start + PAGE);
        const keys = [];
        for (let i = start; i < end; i += 1) {
          keys.push({ userId: `user-${i}`, courseId: `course-${i % every}`, batchId: 'batch' });
        }
        const page = { rows: end - start, position: String(end), share: end / rows };
        yield { ...page, keys: keys.filter((key) => key.courseId === courseId) };
        await new Promise(setImmediate);
      }
    },
  };
}

/** Every learner has seen ten contents of twenty; of every third one that is not stored yet. */
function platform() {
  const nobody = new Set();
  const seen = contents.slice(0, 10);
  const isStale = (userId) => Number(userId.slice(5)) % 3 === 0;
  const status = new Map(seen.map((id) => [id, 2]));
  return {
    classify: () => 'infrastructure',
    stores: {
      enrolments: { read: async () => ({ status: 1, completedon: null, certificateCount: 0, lastWrite: 1n }) },
      consumption: { read: async () => seen.map((contentId) => ({ contentId, status: 2 })) },
      aggregates: { merge: async () => undefined },
      relations: {
        sets: async (_course, ids) => ids.map(() => ({ leafNodes: new Set(contents), optionalNodes: nobody })),
        ancestors: async (_course, ids) => ids.map(() => new Set([COURSE])),
      },
      collections: { status: async () => 'Live' },
    },
    rows: {
      async get({ name }, key) {
        if (name === 'user_activity_agg') {
          return { key, columns: new Map([['aggregates', new Map([['completedCount', 10]])]]) };
        }
        const progress = isStale(key[0]) ? 9 : 10;
        return { key, columns: new Map(Object.entries({ status: 1, progress, contentstatus: status })) };
      },
    },
  };
}

export async function main(args) {
  const { values } = parseArgs({
    args,
    options: {
      rows: { type: 'string', default: '10000000' },
      every: { type: 'string', default: '20' },
      json: { type: 'string' },
    },
  });
  const rows = Number(values.rows);
  const folder = await mkdtemp(join(tmpdir(), 'millrace-bench-'));
  const out = join(folder, 'stale.jsonl');
  const signal = new AbortController().signal;
  const pace = new Pace(systemClock, Number.POSITIVE_INFINITY, signal);
  const job = {
    filterCompleted: true,
    certificateRecovery: false,
    moduleAggregates: true,
    missingWaitMs: 0,
    missingExpiryMs: 0,
  };
  const samples = [];
  const started = performance.now();
  const megabytes = () => Math.round(process.memoryUsage().rss / 2 ** 20);
  try {
    const counts = await resumableDrift(scanOf(rows, Number(values.every)), {
      filter: { courseId: COURSE, batchId: undefined },
      question: { courseId: COURSE, batchId: null, where: 'nowhere', out },
      resume: `${out}.resume`,
      judge: look({ platform: platform(), job, inputTopic: 'requests', clock: systemClock, signal, pace }),
      ...{ concurrency: 16, pace, clock: systemClock, signal, restart: false, onResume: () => undefined },
      progress({ scanned }) {
        if (scanned >= ((samples.length + 1) * rows) / 10) samples.push({ scanned, megabytes: megabytes() });
      },
    });
    const seconds = (performance.now() - started) / 1_000;
    const table = new Table({ head: ['rows read', 'resident MB'], colAligns: ['right', 'right'] });
    for (const sample of samples) table.push([sample.scanned.toLocaleString('en-US'), sample.megabytes]);
    console.log(table.toString());
    const result = {
      ...{ rows, enrolments: counts.enrolments, stale: counts.stale, outBytes: (await stat(out)).size },
      ...{ seconds: Math.round(seconds), rowsPerSecond: Math.round(rows / seconds), samples },
    };
    console.log(
      `${result.enrolments} enrolments looked at, ${result.stale} stale, ${result.rowsPerSecond} rows a second`,
    );
    if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(result, null, 2)}\n`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
