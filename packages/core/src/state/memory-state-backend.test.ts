import { describe, expect, test } from '@jest/globals';
import { MemoryStateBackend } from '@millrace/core';
import { stateBackendConformance } from '@millrace/core/testing';

describe.each([{ isLargerThanMemory: false }, { isLargerThanMemory: true }])('MemoryStateBackend, %o', (options) => {
  test.each(stateBackendConformance(() => Promise.resolve(new MemoryStateBackend(options))))('$name', ({ run }) =>
    run(),
  );
});

test('what was read of a MemoryStateBackend stays as it was', async () => {
  const backend = new MemoryStateBackend();
  const owner = { jobName: 'job', source: 'in', split: 'in-0' };
  const claim = await backend.claim(owner);
  const write = (n: number): Promise<void> =>
    claim.write({ positions: new Map(), meta: '{}', puts: [['a', Uint8Array.of(n)]], deletes: [] });
  await write(1);
  const peeked = backend.peek(owner);
  await write(2);
  expect(peeked?.get('a')).toEqual(Uint8Array.of(1));
});
