import { expect, test } from '@jest/globals';
import fc from 'fast-check';

import { Permits } from './permits.js';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('no more calls run at once than allowed, and all of them in the order of their coming', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 8 }),
      fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 60 }),
      async (limit, waits) => {
        const permits = new Permits(limit);
        const started: number[] = [];
        let running = 0;
        let most = 0;
        await Promise.all(
          waits.map((turns, index) =>
            permits.run(async () => {
              started.push(index);
              running += 1;
              most = Math.max(most, running);
              for (let each = 0; each < turns; each += 1) await turn();
              running -= 1;
            }),
          ),
        );
        expect(started).toEqual(waits.map((_, index) => index));
        expect(most).toBeLessThanOrEqual(limit);
        expect(permits).toMatchObject({ running: 0, waiting: 0 });
      },
    ),
    { numRuns: 40 },
  );
}, 60_000);

test('a call that throws gives its place back', async () => {
  const permits = new Permits(1);
  await expect(permits.run(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
  await expect(permits.run(() => Promise.resolve('next'))).resolves.toBe('next');
});

test('a long queue drains in order', async () => {
  const permits = new Permits(1);
  const seen: number[] = [];
  const all = Array.from({ length: 5000 }, (_, index) =>
    permits.run(() => {
      seen.push(index);
      return Promise.resolve();
    }),
  );
  expect(permits.waiting).toBe(4999);
  await Promise.all(all);
  expect(seen).toEqual(Array.from({ length: 5000 }, (_, index) => index));
});

test('closing rejects what waits and what comes, and lets what runs go on', async () => {
  const permits = new Permits(1);
  let finish: (value: string) => void = () => undefined;
  const running = permits.run(() => new Promise<string>((resolve) => (finish = resolve)));
  const waiting = permits.run(() => Promise.resolve('never'));
  permits.close(new Error('closed'));
  await expect(waiting).rejects.toThrow('closed');
  await expect(permits.run(() => Promise.resolve('never'))).rejects.toThrow('closed');
  finish('done');
  await expect(running).resolves.toBe('done');
});
