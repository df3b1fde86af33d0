import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { StateFencedError } from '../errors.js';
import { positionKey } from '../state/state-backend.js';
import type { StateBackend, StateKey, StateOwner, StateReader, StateWrite } from '../state/state-backend.js';
import type { ConformanceCase } from './conformance-case.js';
import { operatorPlanCases } from './operator-plan-cases.js';
import { statePlanCases } from './state-plan-cases.js';

/** What a check has to work with: a backend, and a job of its own in it. */
interface Stage {
  readonly backend: StateBackend;
  readonly owner: StateOwner;
}

/**
 * What every `StateBackend` must do: run it on yours. Each check uses a job name of its own, so that `create` may open
 * the same store each time; `close` of the backend is called when a check is over.
 *
 * @param create opens a backend
 * @example
 * ```ts
 * import { MemoryStateBackend } from '@millrace/core';
 * import { stateBackendConformance } from '@millrace/core/testing';
 *
 * for (const { run } of stateBackendConformance(() => Promise.resolve(new MemoryStateBackend()))) {
 *   await run(); // in a test file: test(name, run)
 * }
 * ```
 */
export function stateBackendConformance(create: () => Promise<StateBackend>): readonly ConformanceCase[] {
  const contract = Object.entries(CONTRACT).map(([name, check]) => ({
    name,
    run: async () => {
      const backend = await create();
      try {
        await check({ backend, owner: { jobName: `conformance-${randomUUID()}`, source: 'in', split: 'in-0' } });
      } finally {
        await backend.close?.();
      }
    },
  }));
  return [...contract, ...statePlanCases(create), ...operatorPlanCases(create)];
}

const text = new TextEncoder();
const bytes = (value: string): Uint8Array => text.encode(value);

function write(puts: Readonly<Record<StateKey, string>>, rest: Partial<StateWrite> = {}): StateWrite {
  return {
    positions: new Map([[positionKey('in', 'in-0'), 1]]),
    meta: '{}',
    puts: Object.entries(puts).map(([key, value]) => [key, bytes(value)] as const),
    deletes: [],
    ...rest,
  };
}

function contents(reader: StateReader | undefined, prefix = '', after?: StateKey): [StateKey, string][] {
  if (reader === undefined) return [];
  return [...reader.scan(prefix, after)].map(([key, value]) => [key, new TextDecoder().decode(value)]);
}

/** Name of the check -> the check. */
const CONTRACT: Readonly<Record<string, (stage: Stage) => Promise<void>>> = {
  'a claim on what was never written has no snapshot and no entries': async ({ backend, owner }) => {
    const claim = await backend.claim(owner);
    assert.equal(claim.snapshot, undefined);
    assert.equal(claim.get('a'), undefined);
    assert.deepEqual(contents(claim), []);
  },

  'the next claim gets what was written last': async ({ backend, owner }) => {
    const claim = await backend.claim(owner);
    await claim.write(write({ a: '1', b: '1' }));
    const positions = new Map([
      [positionKey('in', 'in-0'), 2 ** 53 - 1],
      [positionKey('a","b', '__proto__'), 0],
    ]);
    await claim.write(write({ b: '2', c: '2' }, { deletes: ['a'], positions, meta: '{"é":"\\u0000"}' }));
    const next = await backend.claim(owner);
    assert.deepEqual(new Map(next.snapshot?.positions), positions);
    assert.equal(next.snapshot?.meta, '{"é":"\\u0000"}');
    assert.deepEqual(contents(next), [
      ['b', '2'],
      ['c', '2'],
    ]);
    assert.equal(next.get('a'), undefined);
    assert.deepEqual(Buffer.from(next.get('b') ?? []).toString(), '2');
  },

  'a write of no entries moves positions alone': async ({ backend, owner }) => {
    const claim = await backend.claim(owner);
    await claim.write(write({ a: '1' }));
    await claim.write(write({}, { positions: new Map([['p', 7]]), deletes: ['never put'] }));
    const next = await backend.claim(owner);
    assert.deepEqual(new Map(next.snapshot?.positions), new Map([['p', 7]]));
    assert.deepEqual(contents(next), [['a', '1']]);
  },

  'the write of an owner that was replaced is refused, and changes nothing': async ({ backend, owner }) => {
    const zombie = await backend.claim(owner);
    await zombie.write(write({ a: 'before' }));
    const current = await backend.claim(owner);
    await assert.rejects(zombie.write(write({ a: 'zombie' })), StateFencedError);
    await current.write(write({ b: 'current' }));
    await assert.rejects(zombie.write(write({ a: 'zombie' })), StateFencedError);
    assert.deepEqual(contents(await backend.read(owner)), [
      ['a', 'before'],
      ['b', 'current'],
    ]);
  },

  'what a write reads may change as soon as it has returned its promise': async ({ backend, owner }) => {
    const claim = await backend.claim(owner);
    const puts: [StateKey, Uint8Array][] = [['a', bytes('1')]];
    const deletes: StateKey[] = [];
    const positions = new Map([['p', 1]]);
    const written = claim.write({ positions, meta: '{}', puts, deletes });
    puts.push(['b', bytes('2')]);
    deletes.push('a');
    positions.set('p', 2);
    await written;
    const read = await backend.read(owner);
    assert.deepEqual(contents(read), [['a', '1']]);
    assert.deepEqual(new Map(read?.snapshot?.positions), new Map([['p', 1]]));
  },

  'a write whose entries throw is rejected with that, changes nothing, and the next one works': async (stage) => {
    const { backend, owner } = stage;
    const claim = await backend.claim(owner);
    await claim.write(write({ a: '1' }));
    const failing = function* (): Generator<readonly [StateKey, Uint8Array]> {
      yield ['a', bytes('2')];
      throw new Error('cannot be serialized');
    };
    const failed = claim.write(write({}, { puts: failing(), positions: new Map([['p', 9]]), deletes: ['a'] }));
    await assert.rejects(failed, /cannot be serialized/);
    assert.deepEqual(contents(await backend.read(owner)), [['a', '1']]);
    await claim.write(write({ a: '3' }));
    assert.deepEqual(contents(await backend.read(owner)), [['a', '3']]);
  },

  'scan gives what begins with a prefix in the order of bytes, from behind a key': async ({ backend, owner }) => {
    const claim = await backend.claim(owner);
    const keys = ['a', 'a\0', 'a\0\0', 'a\u0001', 'a\u007f', 'a\u0080', 'a\u00ff', 'a\u00ff\u00ff', 'b', '\u00ff'];
    await claim.write(write(Object.fromEntries([...keys].reverse().map((key) => [key, 'x']))));
    const next = await backend.claim(owner);
    const scanned = (prefix: string, after?: string): string[] => contents(next, prefix, after).map(([key]) => key);
    assert.deepEqual(scanned(''), keys);
    assert.deepEqual(scanned('a'), keys.slice(0, 8));
    assert.deepEqual(scanned('a\0'), ['a\0', 'a\0\0']);
    assert.deepEqual(scanned('a\u00ff'), ['a\u00ff', 'a\u00ff\u00ff']);
    assert.deepEqual(scanned('\u00ff'), ['\u00ff']);
    assert.deepEqual(scanned('c'), []);
    assert.deepEqual(scanned('a', 'a\0'), keys.slice(2, 8));
    assert.deepEqual(scanned('a', 'a\0\0\0'), keys.slice(3, 8));
    assert.deepEqual(scanned('a', 'a\u00ff\u00ff'), []);
  },

  'keys of 1,900 bytes, empty values and values of a megabyte are kept': async ({ backend, owner }) => {
    const claim = await backend.claim(owner);
    const long = '\u00ff'.repeat(1_899);
    const large = Buffer.alloc(2 ** 20, 7);
    const puts = [
      [`${long}a`, bytes('a')],
      [`${long}b`, bytes('b')],
      ['e', new Uint8Array(0)],
      ['l', large],
    ] as const;
    await claim.write(write({}, { puts }));
    const next = await backend.claim(owner);
    assert.deepEqual(
      contents(next, long).map(([, value]) => value),
      ['a', 'b'],
    );
    assert.equal(next.get('e')?.length, 0);
    assert.ok(large.equals(next.get('l') ?? Buffer.alloc(0)));
  },

  'jobs, sources and splits are kept apart, whatever their names': async ({ backend, owner: { jobName } }) => {
    const owners = [
      { jobName, source: 'b","c', split: 'd' },
      { jobName, source: 'b', split: 'c","d' },
      { jobName, source: 'b:c', split: 'd' },
      { jobName, source: 'b', split: 'c:d' },
      { jobName: `${jobName}:b`, source: 'c', split: 'd' },
      { jobName, source: '../b/{c}', split: '*?[é日\0' },
    ];
    for (const [n, owner] of owners.entries()) await (await backend.claim(owner)).write(write({ a: String(n) }));
    const kept = await Promise.all(owners.map(async (owner) => contents(await backend.read(owner))));
    assert.deepEqual(
      kept,
      owners.map((_, n) => [['a', String(n)]]),
    );
    const own = owners.filter((owner) => owner.jobName === jobName);
    const found = await backend.owners(jobName);
    const sorted = (each: readonly StateOwner[]): string[] =>
      each.map((o) => JSON.stringify([o.source, o.split])).sort();
    assert.deepEqual(sorted(found), sorted(own));
    assert.ok(found.every((owner) => owner.jobName === jobName));
  },

  'reading claims nothing: the owner goes on': async ({ backend, owner }) => {
    assert.equal(await backend.read(owner), undefined);
    const claim = await backend.claim(owner);
    assert.equal(await backend.read(owner), undefined);
    assert.deepEqual(await backend.owners(owner.jobName), []);
    await claim.write(write({ a: '1' }, { meta: '{"m":1}' }));
    const read = await backend.read(owner);
    assert.equal(read?.snapshot?.meta, '{"m":1}');
    assert.deepEqual(contents(read), [['a', '1']]);
    await claim.write(write({ a: '2' }));
    assert.deepEqual(contents(await backend.read(owner)), [['a', '2']]);
  },

  'a claim on state larger than memory sees what was written through it': async ({ backend, owner }) => {
    const claim = await backend.claim(owner);
    if (!claim.isLargerThanMemory) return;
    await claim.write(write({ a: '1', b: '1' }));
    await claim.write(write({ b: '2', c: '2' }, { deletes: ['a'] }));
    assert.equal(claim.get('a'), undefined);
    assert.deepEqual(contents(claim), [
      ['b', '2'],
      ['c', '2'],
    ]);
  },

  'a write of 20,000 entries comes back whole': async ({ backend, owner }) => {
    const claim = await backend.claim(owner);
    const many = Array.from(
      { length: 20_000 },
      (_, n) => [`k${String(n).padStart(6, '0')}`, bytes(String(n))] as const,
    );
    await claim.write(write({}, { puts: many }));
    await claim.write(write({}, { deletes: many.slice(5_000).map(([key]) => key) }));
    const next = contents(await backend.claim(owner));
    assert.equal(next.length, 5_000);
    assert.deepEqual(next[4_999], ['k004999', '4999']);
  },
};
