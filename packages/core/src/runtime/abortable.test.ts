import { expect, test } from '@jest/globals';
import { abortable } from './abortable.js';

test('gives what the work gives, and takes its listener away', async () => {
  const { signal } = new AbortController();
  await expect(abortable(Promise.resolve(1), signal)).resolves.toBe(1);
  await expect(abortable(Promise.reject(new Error('no')), signal)).rejects.toThrow('no');
});

test('does not wait for work that never ends once the signal aborts, and ignores how it ends then', async () => {
  const controller = new AbortController();
  let fail: ((error: Error) => void) | undefined;
  const work = new Promise<void>((_resolve, reject) => (fail = reject));
  const waiting = abortable(work, controller.signal);
  controller.abort(new Error('enough'));
  await expect(waiting).rejects.toThrow('enough');
  fail?.(new Error('late'));
  await expect(abortable(new Promise(() => undefined), controller.signal)).rejects.toThrow('enough');
});
