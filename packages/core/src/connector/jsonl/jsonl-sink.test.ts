import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { FileWriteError, InMemoryMetrics, jsonlSink, jsonlSource, silentLogger } from '@millrace/core';
import type { JsonlSinkOptions, SinkWriter } from '@millrace/core';
import { ManualClock, SourceHarness } from '@millrace/core/testing';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'millrace-jsonl-sink-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

interface Opened<T> {
  readonly writer: SinkWriter<T>;
  readonly clock: ManualClock;
  readonly done: T[];
  readonly failed: unknown[];
  write(...elements: readonly T[]): void;
}

async function open<T>(options: Partial<JsonlSinkOptions<T>> = {}): Promise<Opened<T>> {
  const clock = new ManualClock(1_000);
  const writer = await jsonlSink<T>({ directory, ...options }).open({
    jobName: 'job',
    clock,
    logger: silentLogger,
    metrics: new InMemoryMetrics(),
    signal: new AbortController().signal,
  });
  const done: T[] = [];
  const failed: unknown[] = [];
  const write = (...elements: readonly T[]): void => {
    for (const element of elements) {
      writer.write(element, { done: () => done.push(element), failed: (error) => failed.push(error) });
    }
  };
  return { writer, clock, done, failed, write };
}

/** Finished parts in the order of their names, and how many are in progress. */
async function parts(): Promise<{ readonly finished: readonly string[]; readonly inProgress: number }> {
  const names = (await readdir(directory)).sort();
  const finished = names.filter((name) => !name.startsWith('.'));
  return {
    finished: await Promise.all(finished.map((name) => readFile(join(directory, name), 'utf8'))),
    inProgress: names.length - finished.length,
  };
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  for (let n = 0; !(await condition()); n += 1) {
    if (n > 2_000) throw new Error('waited in vain');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

describe('a JSONL sink', () => {
  test('has its lines in a file that nobody takes for finished until it is closed', async () => {
    const { writer, write, done } = await open<unknown>();
    write({ a: 1 }, 'two');
    await writer.flush();
    expect(done).toEqual([{ a: 1 }, 'two']);
    expect(await parts()).toEqual({ finished: [], inProgress: 1 });
    await writer.close();
    expect(await parts()).toEqual({ finished: ['{"a":1}\n"two"\n'], inProgress: 0 });
  });

  test('rolls by size, by time and at checkpoints; parts sort in the order in which they were written', async () => {
    const bySize = await open<number>({ roll: { bytes: 4 } });
    for (const n of [10, 20, 30, 40, 50]) {
      bySize.write(n);
      await bySize.writer.flush();
    }
    await bySize.writer.close();
    expect((await parts()).finished).toEqual(['10\n20\n', '30\n40\n', '50\n']);
    const byTime = await open<number>({ roll: { intervalMs: 1_000 } });
    byTime.write(60);
    await byTime.writer.flush();
    await byTime.clock.advance(999);
    expect((await parts()).inProgress).toBe(1);
    await byTime.clock.advance(1);
    await until(async () => (await parts()).inProgress === 0);
    await byTime.writer.close();
    const atCheckpoints = await open<number>({ roll: { onCheckpoint: true } });
    atCheckpoints.write(70);
    await atCheckpoints.writer.flush();
    await atCheckpoints.writer.flush();
    atCheckpoints.write(80);
    await atCheckpoints.writer.flush();
    expect(await parts()).toEqual({
      finished: ['10\n20\n', '30\n40\n', '50\n', '60\n', '70\n', '80\n'],
      inProgress: 0,
    });
    await atCheckpoints.writer.close();
    expect(atCheckpoints.clock.pendingTimers).toBe(0);
  });

  test('after a crash the next one cuts off the half line and finishes the part; parts of living processes stay', async () => {
    const dead = spawnSync(process.execPath, ['-e', '']).pid;
    const host = hostname().replace(/[^A-Za-z0-9_]/g, '_');
    const left = (pid: number, owner = host): string =>
      join(directory, `.part-20260101T000000000Z-${owner}-${String(pid)}-00000000-000001.jsonl.inprogress`);
    await writeFile(left(dead), '1\n2\n{"hal');
    await writeFile(left(process.ppid), '3\n');
    await writeFile(left(dead, 'elsewhere'), '4\n');
    const { writer } = await open();
    await writer.close();
    expect(await parts()).toEqual({ finished: ['1\n2\n'], inProgress: 2 });
  });

  test('a long half line, and a part with nothing else, are cut off too', async () => {
    const dead = spawnSync(process.execPath, ['-e', '']).pid;
    const host = hostname().replace(/[^A-Za-z0-9_]/g, '_');
    const left = (n: number): string =>
      join(directory, `.part-20260101T000000000Z-${host}-${String(dead)}-00000000-00000${String(n)}.jsonl.inprogress`);
    await writeFile(left(1), `1\n"${'x'.repeat(200_000)}`);
    await writeFile(left(2), `"${'x'.repeat(200_000)}`);
    await (await open()).writer.close();
    expect(await parts()).toEqual({ finished: ['1\n'], inProgress: 0 });
  });

  test('a folder that cannot be written to fails the elements, not the process; flush and close still end', async () => {
    const { writer, write, failed } = await open<number>();
    await rm(directory, { recursive: true });
    write(1, 2);
    await writer.flush();
    expect(failed).toEqual([expect.any(FileWriteError), expect.any(FileWriteError)]);
    write(3);
    await writer.flush();
    await writer.close();
    expect(failed).toHaveLength(3);
  });

  test('an element that is no line of text fails alone', async () => {
    const { writer, write, failed, done } = await open<unknown>({ format: (each) => each as string });
    write('a', undefined, 'b\nc', 'd');
    await writer.flush();
    await writer.close();
    expect(done).toEqual(['a', 'd']);
    expect(failed).toHaveLength(2);
    expect((await parts()).finished).toEqual(['a\nd\n']);
  });

  test('what it wrote can be read by the source', async () => {
    const { writer, write } = await open<unknown>();
    write({ text: 'line\nend' }, [1]);
    await writer.close();
    const [name = ''] = await readdir(directory);
    const path = join(directory, name);
    const harness = await SourceHarness.open(jsonlSource({ path }));
    await harness.whenFinished(path);
    expect(harness.taken.map(({ value }) => value)).toEqual([{ text: 'line\nend' }, [1]]);
    await harness.close();
  });

  test.each(['', 'a-b', '../x'])('the prefix %p is refused', (prefix) => {
    expect(() => jsonlSink({ directory, prefix })).toThrow(RangeError);
  });
});
