import { describe, expect, test } from '@jest/globals';
import { MemoryStateBackend } from './state-backend.js';

const owner = { jobName: 'job', source: 'in', split: 'in-0' };

describe('the state backend in memory', () => {
  test('gives back what was written last, to whoever claims it next', async () => {
    const backend = new MemoryStateBackend();
    const first = await backend.claim(owner);
    expect(first.restored).toBeUndefined();
    await first.write({ position: 1, state: new Map([['a', 1]]) });
    await first.write({ position: 2, state: new Map([['a', 2]]) });
    expect((await backend.claim(owner)).restored).toEqual({ position: 2, state: new Map([['a', 2]]) });
  });

  test('refuses the write of an owner that was replaced', async () => {
    const backend = new MemoryStateBackend();
    const zombie = await backend.claim(owner);
    const current = await backend.claim(owner);
    await current.write({ position: 5, state: new Map() });
    await expect(zombie.write({ position: 3, state: new Map() })).rejects.toMatchObject({ code: 'ERR_STATE_FENCED' });
    expect(backend.peek(owner)).toMatchObject({ position: 5 });
  });

  test('copies what it takes before it returns, and what it gives', async () => {
    const backend = new MemoryStateBackend();
    const claim = await backend.claim(owner);
    const state = new Map([['a', { n: 1 }]]);
    const written = claim.write({ position: 1, state });
    state.set('a', { n: 2 });
    await written;
    const { restored } = await backend.claim(owner);
    (restored?.state.get('a') as { n: number }).n = 3;
    expect(backend.peek(owner)?.state.get('a')).toEqual({ n: 1 });
  });

  test('keeps jobs, sources and splits apart, whatever their names', async () => {
    const backend = new MemoryStateBackend();
    const hostile = [
      { jobName: 'a', source: 'b","c', split: 'd' },
      { jobName: 'a', source: 'b', split: 'c","d' },
      { jobName: 'a","b', source: 'c', split: 'd' },
    ];
    for (const [position, each] of hostile.entries()) {
      await (await backend.claim(each)).write({ position, state: new Map() });
    }
    expect(hostile.map((each) => backend.peek(each)?.position)).toEqual([0, 1, 2]);
  });
});
