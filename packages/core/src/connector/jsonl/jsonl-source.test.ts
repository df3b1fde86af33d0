import { appendFile, copyFile, mkdtemp, rename, rm, truncate, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { FileUnreadableError, jsonlSource, MalformedLineError } from '@millrace/core';
import type { JsonlSourceOptions } from '@millrace/core';
import { SourceHarness } from '@millrace/core/testing';
import type { SourceHarnessOptions } from '@millrace/core/testing';

let folder: string;
let path: string;
const open: SourceHarness<unknown>[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-jsonl-'));
  path = join(folder, 'x.log');
});
afterEach(async () => {
  for (const harness of open.splice(0)) await harness.close();
  await rm(folder, { recursive: true, force: true });
});

async function harnessOf<T>(options: Partial<JsonlSourceOptions<T>> = {}, start?: number): Promise<SourceHarness<T>> {
  const from: SourceHarnessOptions = start === undefined ? {} : { startPositions: new Map([[path, start]]) };
  const harness = await SourceHarness.open(jsonlSource<T>({ path, ...options }), from);
  open.push(harness);
  return harness;
}

const values = <T>(harness: SourceHarness<T>): T[] => harness.taken.map(({ value }) => value);
const positions = (harness: SourceHarness<unknown>): number[] => harness.taken.map(({ position }) => position);

async function until(condition: () => boolean): Promise<void> {
  for (let n = 0; !condition(); n += 1) {
    if (n > 4_000) throw new Error('waited in vain');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** The followed numbers, when so many have come. */
async function numbers(harness: SourceHarness<number>, count: number): Promise<number[]> {
  await until(() => harness.taken.length >= count || harness.failures.length > 0);
  expect(harness.problems()).toEqual([]);
  return values(harness);
}

describe('a JSONL file that is read once', () => {
  test('positions are bytes, blank lines are left out, a last line without an end counts, line ends may be CRLF', async () => {
    await writeFile(path, '{"a":"ä"}\n\n  \r\n[1]\r\n"last"');
    const harness = await harnessOf();
    await harness.whenFinished(path);
    expect(values(harness)).toEqual([{ a: 'ä' }, [1], 'last']);
    expect(positions(harness)).toEqual([0, 16, 21]);
    expect([...harness.settled().values()]).toEqual([27]);
    expect(harness.problems()).toEqual([]);
  });

  test('any file from any line end on gives what splitting its text gives', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(fc.jsonValue(), fc.constant(undefined)), { maxLength: 30 }),
        fc.boolean(),
        fc.nat(),
        async (elements, hasEnd, pick) => {
          const lines = elements.map((each) => (each === undefined ? '' : JSON.stringify(each)));
          const text = lines.join('\n') + (hasEnd && lines.length > 0 ? '\n' : '');
          await writeFile(path, text);
          const starts = lines.map((_, n) => Buffer.byteLength(lines.slice(0, n).map((line) => `${line}\n`).join(''))); // prettier-ignore
          const from = lines.length === 0 ? 0 : pick % lines.length;
          const harness = await harnessOf({}, starts[from] ?? 0);
          await harness.whenFinished(path);
          const expected = elements.map((value, n) => ({ value, position: starts[n] })).slice(from);
          expect(harness.taken.map(({ value, position }) => ({ value, position }))).toEqual(
            expected
              .filter(({ value }) => value !== undefined)
              .map((each) => JSON.parse(JSON.stringify(each)) as unknown),
          );
          await harness.close();
        },
      ),
      { numRuns: 50 },
    );
  });

  test('lines longer than a block are whole; one that is longer than allowed is malformed and the next one is read', async () => {
    const long = 'x'.repeat(700_000);
    await writeFile(path, `"${long}"\n"${'y'.repeat(1_000_000)}"\n"after"\n`);
    const errors: MalformedLineError[] = [];
    const harness = await harnessOf<string>({
      maxLineBytes: 800_000,
      onMalformed: (error) => {
        errors.push(error);
        return 'too long';
      },
    });
    await harness.whenFinished(path);
    expect(values(harness)).toEqual([long, 'too long', 'after']);
    expect(errors).toMatchObject([{ code: 'ERR_JSONL_MALFORMED', path, offset: 700_003 }]);
    expect(errors[0]?.excerpt.length).toBeLessThanOrEqual(200);
  });

  test.each([
    ['no JSON', '{"a":\n'],
    ['no UTF-8', Buffer.from([0x22, 0xff, 0x22, 0x0a])],
  ])('a line that is %s fails the attempt with its place, or goes where onMalformed says', async (_, line) => {
    await writeFile(path, Buffer.concat([Buffer.from('1\n'), Buffer.from(line), Buffer.from('2\n')]));
    const failing = await harnessOf();
    await until(() => failing.failures.length > 0);
    expect(failing.failures).toEqual([expect.any(MalformedLineError)]);
    expect((failing.failures[0] as Error).message).toContain(`${path}: the line at byte 2 cannot be read`);
    const skipping = await harnessOf({ onMalformed: () => undefined });
    await skipping.whenFinished(path);
    expect(values(skipping)).toEqual([1, 2]);
    const marking = await harnessOf<unknown>({ onMalformed: ({ offset }) => ({ malformed: offset }) });
    await marking.whenFinished(path);
    expect(values(marking)).toEqual([1, { malformed: 2 }, 2]);
  });

  test('what parse throws makes a line malformed too', async () => {
    await writeFile(path, 'a\nbad\nb\n');
    const harness = await harnessOf<string>({
      parse: (text) => {
        if (text === 'bad') throw new Error('not this one');
        return text.toUpperCase();
      },
      onMalformed: () => undefined,
    });
    await harness.whenFinished(path);
    expect(values(harness)).toEqual(['A', 'B']);
  });

  test('several files are splits of their own; a missing one, or a folder, is said when the source is opened', async () => {
    const second = join(folder, 'y.log');
    await writeFile(path, '1\n2\n');
    await writeFile(second, '3\n');
    const harness = await harnessOf<number>({ path: [path, second] });
    await Promise.all([harness.whenFinished(path), harness.whenFinished(second)]);
    expect(values(harness).sort()).toEqual([1, 2, 3]);
    expect(harness.assigned.map(({ id }) => id)).toEqual([path, second]);
    await expect(harnessOf({ path: join(folder, 'missing') })).rejects.toThrow(FileUnreadableError);
    await expect(harnessOf({ path: folder })).rejects.toThrow('it is no file');
  });
});

describe('a JSONL file that is followed', () => {
  const follow = { follow: { pollMs: 2 } };

  test('need not exist yet; half a line waits for its end', async () => {
    const harness = await harnessOf<number>(follow);
    await writeFile(path, '1\n2');
    expect(await numbers(harness, 1)).toEqual([1]);
    await appendFile(path, '3\n');
    expect(await numbers(harness, 2)).toEqual([1, 23]);
    expect(positions(harness)).toEqual([0, 2]);
    expect(harness.finished).toEqual([]);
  });

  test('is read to its end when it is renamed, and the new file after it; positions go on', async () => {
    const harness = await harnessOf<number>(follow);
    await writeFile(path, '1\n');
    await numbers(harness, 1);
    await rename(path, `${path}.1`);
    // Whoever writes may still have the old file open.
    await appendFile(`${path}.1`, '2\n3');
    await writeFile(path, '4\n');
    expect(await numbers(harness, 4)).toEqual([1, 2, 3, 4]);
    expect(positions(harness)).toEqual([0, 2, 4, 5]);
    await rename(`${path}.1`, `${path}.2`);
    await rename(path, `${path}.1`);
    await writeFile(path, '5\n');
    expect(await numbers(harness, 5)).toEqual([1, 2, 3, 4, 5]);
  });

  test('rotated any number of times while nobody reads, nothing is lost and nothing comes twice', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.integer({ min: 1, max: 3 }), fc.boolean()), { minLength: 1, maxLength: 6 }),
        async (steps) => {
          await rm(folder, { recursive: true });
          folder = await mkdtemp(join(tmpdir(), 'millrace-jsonl-'));
          path = join(folder, 'x.log');
          const seen: number[] = [];
          let n = 0;
          let rotated = 0;
          let position: number | undefined;
          await writeFile(path, '');
          for (const [count, isRead] of steps) {
            await appendFile(path, Array.from({ length: count }, () => `${String((n += 1))}\n`).join(''));
            if (isRead) {
              const harness = await harnessOf<number>(follow, position);
              await numbers(harness, n - seen.length);
              seen.push(...values(harness));
              position = [...harness.settled().values()][0];
              await harness.close();
            }
            // The order of changes is what tells rotated files apart: clocks of file systems tick in milliseconds.
            await new Promise((resolve) => setTimeout(resolve, 5));
            if (isRead || position !== undefined) {
              await rename(path, `${path}.${String((rotated += 1))}`);
              await writeFile(path, '');
            }
          }
          const last = await harnessOf<number>(follow, position);
          await numbers(last, n - seen.length);
          seen.push(...values(last));
          expect(seen).toEqual(Array.from({ length: n }, (_, i) => i + 1));
          await last.close();
        },
      ),
      { numRuns: 15 },
    );
  });

  test('cut off and written anew (copytruncate) it is a new file; its copy is not read again', async () => {
    const harness = await harnessOf<number>(follow);
    await writeFile(path, '100\n200\n');
    await numbers(harness, 2);
    await copyFile(path, `${path}.1`);
    await truncate(path, 0);
    await appendFile(path, '3\n');
    expect(await numbers(harness, 3)).toEqual([100, 200, 3]);
    expect(positions(harness)).toEqual([0, 4, 8]);
    const position = [...harness.settled().values()][0];
    await harness.close();
    const again = await harnessOf<number>(follow, position);
    await appendFile(path, '4\n');
    expect(await numbers(again, 1)).toEqual([4]);
  });

  test('what was deleted before it was read is passed over, not waited for', async () => {
    const first = await harnessOf<number>(follow);
    await writeFile(path, '1\n2\n');
    await numbers(first, 2);
    await first.close();
    await unlink(path);
    await writeFile(path, '3\n');
    const second = await harnessOf<number>(follow, 2);
    expect(await numbers(second, 1)).toEqual([3]);
    expect(positions(second)).toEqual([2]);
  });

  test('until drained: the end is what all its files hold now', async () => {
    await writeFile(path, '1\n');
    const first = await harnessOf<number>(follow);
    await numbers(first, 1);
    const position = [...first.settled().values()][0];
    await first.close();
    await rename(path, `${path}.1`);
    await appendFile(`${path}.1`, '2\n');
    await writeFile(path, '3\n');
    const second = await harnessOf<number>(follow, position);
    await second.reader.captureEnd();
    expect(await second.reader.isDrained(new Map())).toBe(false);
    expect(await numbers(second, 2)).toEqual([2, 3]);
    expect(await second.reader.isDrained(second.settled())).toBe(true);
  });
});
