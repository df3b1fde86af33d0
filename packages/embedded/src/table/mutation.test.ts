import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ByteWriter } from '../encoding/byte-writer.js';
import { cqlBytes } from './cql-order.js';
import { applyMutation, checkMutation } from './mutation.js';
import type { Mutation } from './mutation.js';
import { decodeRow, encodeRow } from './row-codec.js';
import { Row } from './row.js';
import type { Columns } from './schema.js';
import { emptyRow, isLive } from './stored-row.js';

const columns = {
  t: 'text',
  i: 'int',
  d: 'double',
  b: 'boolean',
  s: 'timestamp',
  l: 'list<text>',
  m: 'map<text,int>',
} as const;
type Atomic = Exclude<keyof typeof columns, 'm'>;
const stored = Object.entries(columns).map(([name, kind], index) => ({ id: index + 1, name, kind }));
const byName = new Map(stored.map((column) => [column.name, column]));
const byId = new Map(stored.map((column) => [column.id, column]));

type Write = Mutation<typeof columns>;

const entry = fc.constantFrom('a', 'b', '__proto__');
/** Few timestamps and few values, so that ties of both are the rule. */
const write: fc.Arbitrary<Write> = fc
  .record({
    timestamp: fc.integer({ min: 1, max: 5 }).map(BigInt),
    kind: fc.constantFrom('insert' as const, 'update' as const),
    set: fc.record(
      {
        t: fc.constantFrom('', 'a', 'b', 'é', null),
        i: fc.constantFrom(-1, 0, 1, 2 ** 31 - 1, -(2 ** 31), null),
        d: fc.constantFrom(-1.5, 0, -0, 2.25, null),
        b: fc.constantFrom(true, false, null),
        s: fc.constantFrom(0, -5, 1_700_000_000_000, null),
        l: fc.constantFrom([], ['x'], ['a', 'b'], null),
      },
      { requiredKeys: [] },
    ),
    map: fc.constantFrom('replace' as const, 'merge' as const, 'clear' as const, 'none' as const),
    entries: fc.array(fc.tuple(entry, fc.constantFrom(-1, 0, 1))),
    removed: fc.array(entry),
  })
  .map(({ timestamp, kind, set, map, entries, removed }) => {
    const values = new Map<string, number | null>(entries);
    if (map === 'merge') for (const name of removed) values.set(name, null);
    return {
      key: ['k'],
      timestamp,
      kind,
      set: {
        ...set,
        ...(map === 'replace' ? { m: values as Map<string, number> } : map === 'clear' ? { m: null } : {}),
      },
      ...(map === 'merge' ? { merge: { m: values } } : {}),
    };
  });

interface Candidate<V> {
  readonly time: bigint;
  readonly value: V | null;
}

/** Cassandra's rule over all writes at once: latest time, then tombstone, then the largest stored bytes. */
function winner<V>(kind: Atomic, candidates: readonly Candidate<V>[]): Candidate<V> | undefined {
  const bytes = (value: V): Buffer => cqlBytes(columns[kind], value as never);
  return [...candidates].sort((a, b) => {
    if (a.time !== b.time) return a.time < b.time ? 1 : -1;
    if (a.value === null || b.value === null) return (a.value === null ? 0 : 1) - (b.value === null ? 0 : 1);
    return Buffer.compare(bytes(b.value), bytes(a.value));
  })[0];
}

interface Expected {
  readonly values: Record<string, unknown>;
  readonly times: Record<string, bigint | undefined>;
  readonly live: boolean;
}

function naive(writes: readonly Write[]): Expected {
  const values: Record<string, unknown> = {};
  const times: Record<string, bigint | undefined> = {};
  for (const name of Object.keys(columns).filter((column): column is Atomic => column !== 'm')) {
    const candidates = writes
      .filter((one) => one.set?.[name] !== undefined)
      .map((one) => ({ time: one.timestamp, value: one.set![name]! }));
    const won = winner(name, candidates);
    values[name] = won?.value ?? null;
    times[name] = won === undefined || won.value === null ? undefined : won.time;
  }
  const replaced = writes.filter((one) => one.set?.m !== undefined).map((one) => one.timestamp - 1n);
  const deletedAt = replaced.reduce((last, time) => (time > last ? time : last), 0n);
  const entries = new Map<string, number>();
  const entryTimes: bigint[] = [];
  for (const name of ['a', 'b', '__proto__']) {
    const candidates = writes
      .map((one) => ({ time: one.timestamp, value: (one.set?.m ?? one.merge?.m)?.get(name) }))
      .filter((one): one is Candidate<number> => one.value !== undefined && one.time > deletedAt);
    const won = winner('i', candidates);
    if (won !== undefined && won.value !== null) {
      entries.set(name, won.value);
      entryTimes.push(won.time);
    }
  }
  values['m'] = entries.size === 0 ? null : entries;
  times['m'] = entryTimes.length === 0 ? undefined : entryTimes.reduce((a, b) => (a > b ? a : b));
  const live = writes.some((one) => one.kind === 'insert') || Object.values(values).some((value) => value !== null);
  return { values, times, live };
}

function apply(writes: readonly Write[]): Expected {
  let row = emptyRow();
  const writer = new ByteWriter();
  for (const one of writes) {
    applyMutation(row, checkMutation('t', byName, one));
    // Through storage each time, as the table does.
    row = decodeRow(encodeRow(row, byId, writer), byId);
  }
  const read = new Row<typeof columns>(['k'], row, byName);
  const names = Object.keys(columns) as (keyof typeof columns)[];
  return {
    values: Object.fromEntries(names.map((name) => [name, read.get(name)])),
    times: Object.fromEntries(names.map((name) => [name, read.writetime(name)])),
    live: isLive(row),
  };
}

describe('last write wins, as Cassandra does it', () => {
  test('any writes in any order give what the rule gives over all of them', () => {
    fc.assert(
      fc.property(
        fc
          .array(write, { maxLength: 8 })
          .chain((writes) => fc.tuple(fc.constant(writes), fc.shuffledSubarray(writes, { minLength: writes.length }))),
        ([writes, shuffled]) => {
          const expected = naive(writes);
          expect(apply(writes)).toEqual(expected);
          expect(apply(shuffled)).toEqual(expected);
        },
      ),
      { numRuns: 1500 },
    );
  }, 30_000);

  test('at a tie -1 is larger than 1, because bytes are compared', () => {
    const both = [-1, 1].map((i): Write => ({ key: ['k'], timestamp: 5n, set: { i } }));
    expect(apply(both).values['i']).toBe(-1);
    expect(apply([...both].reverse()).values['i']).toBe(-1);
  });

  test('replacing a map keeps an entry that a merge wrote at the same time', () => {
    const merged: Write = { key: ['k'], timestamp: 5n, merge: { m: new Map([['other', 7]]) } };
    const replaced: Write = { key: ['k'], timestamp: 5n, set: { m: new Map([['a', 1]]) } };
    const both = new Map([
      ['other', 7],
      ['a', 1],
    ]);
    expect(apply([merged, replaced]).values['m']).toEqual(both);
    expect(apply([replaced, { ...merged, timestamp: 4n }]).values['m']).toEqual(new Map([['a', 1]]));
  });

  test.each<[string, Write, string]>([
    [
      'a fraction in an int',
      { key: ['k'], timestamp: 1n, set: { i: 1.5 } },
      'column i: no 32-bit integer (the column is int)',
    ],
    [
      'an int of 33 bits',
      { key: ['k'], timestamp: 1n, set: { i: 2 ** 31 } },
      'column i: no 32-bit integer (the column is int)',
    ],
    [
      'a lone surrogate',
      { key: ['k'], timestamp: 1n, set: { t: '\uD800' } },
      'column t: no well-formed Unicode (the column is text)',
    ],
    [
      'no timestamp',
      { key: ['k'], timestamp: 0n, set: {} },
      'write timestamp 0 is not within 1 to 2^53 - 1 microseconds',
    ],
    [
      'nanoseconds',
      { key: ['k'], timestamp: 1_700_000_000_000_000_000n, set: {} },
      'is not within 1 to 2^53 - 1 microseconds',
    ],
    [
      'set and merged',
      { key: ['k'], timestamp: 1n, set: { m: new Map() }, merge: { m: new Map() } },
      'column m is both set and merged',
    ],
    [
      'a null entry in a replaced map',
      { key: ['k'], timestamp: 1n, set: { m: new Map([['a', null as unknown as number]]) } },
      'no 32-bit integer',
    ],
  ])('refuses %s', (_name, mutation, message) => {
    expect(() => checkMutation('t', byName, mutation as Mutation<Columns>)).toThrow(message);
  });

  test('refuses a column that is not there, whatever objects inherit', () => {
    for (const name of ['nothing', '__proto__', 'constructor']) {
      const set = Object.defineProperty({}, name, { value: 1, enumerable: true });
      expect(() => checkMutation('t', byName, { key: ['k'], timestamp: 1n, set })).toThrow(
        `there is no column ${JSON.stringify(name)}`,
      );
    }
  });
});
