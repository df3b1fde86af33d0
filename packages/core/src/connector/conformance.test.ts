import { appendFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from '@jest/globals';
import { collectionSource, generatorSource, jsonlSink, jsonlSource, printSink } from '@millrace/core';
import type { ConsumerRecord } from '@millrace/core';
import { sinkConformance, sourceConformance, TestTopics } from '@millrace/core/testing';
import type { ConformanceCase, KeyedNumber } from '@millrace/core/testing';

function run(checks: readonly ConformanceCase[]): void {
  for (const check of checks) test(check.name, check.run);
}

async function folder(): Promise<{ path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'millrace-conformance-'));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

const numbers = (from: number, count: number): number[] => Array.from({ length: count }, (_, n) => from + n);
const lines = (from: number, count: number): string =>
  numbers(from, count)
    .map((n) => `${JSON.stringify({ n })}\n`)
    .join('');

describe('a collection is a Source', () => {
  run(
    sourceConformance<number>({
      isFixed: true,
      idOf: String,
      create: () => {
        const elements: number[] = [];
        return Promise.resolve({
          source: () => collectionSource(elements),
          add: (count) => {
            elements.push(...numbers(elements.length, count));
            return Promise.resolve();
          },
        });
      },
    }),
  );
});

describe.each([1, 3])('a generator of %p splits is a Source', (splits) => {
  run(
    sourceConformance<number>({
      isFixed: true,
      idOf: String,
      create: () => {
        let made = 0;
        return Promise.resolve({
          source: () => generatorSource({ generate: (index) => index, count: made, splits, ratePerSecond: 1_000_000 }),
          add: (count) => {
            made += count;
            return Promise.resolve();
          },
        });
      },
    }),
  );
});

describe.each([true, false])('a JSONL file (followed: %p) is a Source', (follow) => {
  run(
    sourceConformance<{ readonly n: number }>({
      isFixed: !follow,
      idOf: ({ n }) => String(n),
      create: async () => {
        const { path, remove } = await folder();
        const file = join(path, 'x.jsonl');
        let written = 0;
        await writeFile(file, '');
        return {
          source: () => jsonlSource<{ n: number }>({ path: file, follow: follow ? { pollMs: 2 } : false }),
          add: async (count) => {
            await appendFile(file, lines(written, count));
            written += count;
          },
          close: remove,
        };
      },
    }),
  );
});

describe('a test topic is a Source', () => {
  run(
    sourceConformance<ConsumerRecord>({
      idOf: ({ partition, offset }) => `${String(partition)}-${String(offset)}`,
      create: () => {
        const topics = new TestTopics();
        topics.create('in', 3);
        return Promise.resolve({
          source: () => topics.source('in'),
          add: (count) => {
            for (const n of numbers(0, count)) topics.append('in', { value: String(n), partition: n % 3 });
            return Promise.resolve();
          },
        });
      },
    }),
  );
});

const keyedNumber = ({ key, n }: KeyedNumber): KeyedNumber => ({ key, n });

describe('a test topic is a Sink', () => {
  run(
    sinkConformance({
      elementOf: ({ key, n }) => ({ key, value: String(n) }),
      create: () => {
        const topics = new TestTopics();
        return Promise.resolve({
          sink: () => topics.sink('out'),
          read: () =>
            Promise.resolve(
              topics.records('out').map(({ key, value }) => ({
                key: Buffer.from(key ?? []).toString(),
                n: Number(Buffer.from(value ?? []).toString()),
              })),
            ),
        });
      },
    }),
  );
});

describe.each([
  ['rolled by size', { bytes: 200 }],
  ['rolled at checkpoints', { onCheckpoint: true }],
  ['rolled by time', { intervalMs: 1 }],
] as const)('a JSONL folder %s is a Sink', (_, roll) => {
  run(
    sinkConformance<KeyedNumber>({
      elementOf: keyedNumber,
      create: async () => {
        const { path, remove } = await folder();
        return {
          sink: () => jsonlSink<KeyedNumber>({ directory: path, roll }),
          // What is in progress counts: it is given its name by whoever opens the sink next.
          read: async () => {
            const names = (await readdir(path)).map((name) => ({ name, id: name.replace(/^\.|\.inprogress$/g, '') }));
            const files = await Promise.all(
              names
                .sort((a, b) => (a.id < b.id ? -1 : 1))
                .map(({ name, id }) =>
                  readFile(join(path, name), 'utf8').catch(() => readFile(join(path, id), 'utf8')),
                ),
            );
            return files.flatMap((text) =>
              text
                .split('\n')
                .filter((line) => line !== '')
                .map((line) => JSON.parse(line) as KeyedNumber),
            );
          },
          close: remove,
        };
      },
    }),
  );
});

describe('print is a Sink', () => {
  run(
    sinkConformance<KeyedNumber>({
      elementOf: keyedNumber,
      create: () => {
        const printed: string[] = [];
        const stream = {
          write: (text: string, done: () => void): void => {
            setImmediate(() => {
              printed.push(text);
              done();
            });
          },
        };
        return Promise.resolve({
          sink: () => printSink<KeyedNumber>({ label: 'out', stream }),
          read: () => Promise.resolve(printed.map((text) => JSON.parse(text.replace(/^out> /, '')) as KeyedNumber)),
        });
      },
    }),
  );
});
