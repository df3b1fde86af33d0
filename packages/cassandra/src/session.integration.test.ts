import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { InMemoryMetrics, silentLogger, systemClock } from '@millrace/core';
import { describeWithServices, uniqueName } from '@millrace/testing';
import fc from 'fast-check';

import { classifyCassandraError } from './classify.js';
import { CassandraQueryError } from './errors.js';
import { cassandraLookup } from './lookup.js';
import { CassandraSession } from './session.js';
import { cassandraSink } from './sink.js';
import type { CassandraParams } from './values.js';

const HOSTILE = [
  '__proto__',
  'constructor',
  `'"\\$\n;--`,
  '😀',
  "x' OR '1'='1",
  ' ',
  '\u0000',
  '${x}',
  'x'.repeat(256),
];

describeWithServices(['cassandra'], 'a cassandra session', ({ cassandra }) => {
  const keyspace = uniqueName('session');
  const table = `${keyspace}.t`;
  const options = { hosts: [cassandra.host], port: cassandra.port };
  const session = new CassandraSession(options);

  beforeAll(async () => {
    await session.connect({ timeoutMs: 60_000 });
    await session.execute(
      `CREATE KEYSPACE ${keyspace} WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}`,
    );
    await session.execute(
      `CREATE TABLE ${table} (k text, c text, n int, b bigint, at timestamp, m map<text,int>, d map<text,double>, s set<text>,
        l list<frozen<map<text,text>>>, f boolean, a ascii, PRIMARY KEY (k, c))`,
    );
  }, 120_000);
  afterAll(async () => {
    await session.execute(`DROP KEYSPACE IF EXISTS ${keyspace}`).catch(() => undefined);
    await session.close();
  }, 60_000);

  test('finds the data center by itself', () => {
    expect(session.localDataCenter).toBe('datacenter1');
  });

  describe('values come back as they went in', () => {
    const insert = `INSERT INTO ${table} (k, c, n, b, at, m, d, s, l, f) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;
    const select = `SELECT * FROM ${table} WHERE k = ? AND c = ?`;

    test.each(HOSTILE)('with the hostile text %j as key, map key and member', async (text) => {
      const map = new Map([
        [text, 1],
        ['plain', -(2 ** 31)],
      ]);
      const double = new Map([[text, 0.1]]);
      const list = [new Map([[text, text]])];
      await session.execute(insert, [text, text, 7, -(2n ** 63n), 0, map, double, new Set([text]), list, true]);
      const rows = await session.all(select, [text, text]);
      expect(rows).toHaveLength(1);
      expect(rows[0]).toMatchObject({
        k: text,
        c: text,
        n: 7,
        b: -(2n ** 63n),
        m: map,
        d: double,
        s: new Set([text]),
        l: list,
        f: true,
        a: null,
      });
    });

    test('for any text, integer and time', async () => {
      const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 30 });
      const time = fc.integer({ min: -62_135_596_800_000, max: 253_402_300_799_999 });
      const bigint = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
      await fc.assert(
        fc.asyncProperty(text, text, bigint, time, fc.boolean(), async (k, c, b, at, asDate) => {
          const map = new Map([[c, 1]]);
          await session.execute(insert, [k, c, 1, b, asDate ? new Date(at) : at, map, null, null, null, false]);
          const [row] = await session.all(select, [k, c]);
          expect(row).toMatchObject({ k, c, b, at: new Date(at), m: map, d: null });
        }),
        { numRuns: 100 },
      );
    }, 60_000);

    test('undefined leaves a column as it is, null empties it', async () => {
      await session.execute(insert, ['unset', 'c', 1, 2n, 3, null, null, null, null, true]);
      await session.execute(insert, ['unset', 'c', undefined, null, undefined, null, null, null, null, undefined]);
      expect(await session.all(select, ['unset', 'c'])).toMatchObject([{ n: 1, b: null, at: new Date(3), f: true }]);
    });

    test('maps merge without losing the keys of others', async () => {
      await session.execute(`UPDATE ${table} SET d = ? WHERE k = ? AND c = ?`, [new Map([['other', 1]]), 'merge', 'c']);
      await session.execute(`UPDATE ${table} SET d = d + ? WHERE k = ? AND c = ?`, [
        new Map([['__proto__', 2]]),
        'merge',
        'c',
      ]);
      expect((await session.all(select, ['merge', 'c']))[0]?.['d']).toEqual(
        new Map([
          ['__proto__', 2],
          ['other', 1],
        ]),
      );
    });
  });

  test('write timestamps are exact: in the statement, as an option, in a batch', async () => {
    const update = `UPDATE ${table} SET n = ? WHERE k = ? AND c = ?`;
    const withTime = `UPDATE ${table} USING TIMESTAMP ? SET n = ? WHERE k = ? AND c = ?`;
    const beyond53Bits = 2n ** 53n + 1n;
    await session.execute(withTime, [beyond53Bits, 1, 'ts', 'a']);
    await session.execute(update, [2, 'ts', 'b'], { timestamp: beyond53Bits });
    await session.batch(
      [
        { statement: update, params: [3, 'ts', 'c'] },
        { statement: withTime, params: [-5n, 4, 'ts', 'd'] },
      ],
      { timestamp: beyond53Bits + 2n },
    );
    await session.execute(update, [99, 'ts', 'a'], { timestamp: beyond53Bits - 1n });
    const rows = await session.all(`SELECT c, n, WRITETIME(n) AS w FROM ${table} WHERE k = ?`, ['ts']);
    expect(rows.map(({ c, n, w }) => [c, n, w])).toEqual([
      ['a', 1, beyond53Bits],
      ['b', 2, beyond53Bits],
      ['c', 3, beyond53Bits + 2n],
      ['d', 4, -5n],
    ]);
  });

  test('without a timestamp the later call of the session wins, however close', async () => {
    for (let round = 0; round < 200; round += 1) {
      await session.execute(`UPDATE ${table} SET n = ? WHERE k = ? AND c = ?`, [round, 'order', 'c']);
    }
    expect((await session.all(`SELECT n FROM ${table} WHERE k = ?`, ['order']))[0]?.['n']).toBe(199);
  });

  test('reads all pages, row by row and at once; execute gives one', async () => {
    const insert = `INSERT INTO ${table} (k, c, n) VALUES (?, ?, ?)`;
    const names = Array.from({ length: 95 }, (_, index) => String(index).padStart(3, '0'));
    await Promise.all(names.map((c, index) => session.execute(insert, ['pages', c, index])));
    const select = `SELECT c FROM ${table} WHERE k = ?`;
    const rows = await session.all(select, ['pages'], { fetchSize: 10 });
    expect(rows.map(({ c }) => c)).toEqual(names);
    const page = await session.execute(select, ['pages'], { fetchSize: 10 });
    expect(page.rows).toHaveLength(10);
    expect(page.nextPage).toEqual(expect.any(String));
    const seen: unknown[] = [];
    for await (const { c } of session.rows(select, ['pages'], { fetchSize: 7 })) {
      seen.push(c);
      if (seen.length === 15) break;
    }
    expect(seen).toEqual(names.slice(0, 15));
    expect(await session.execute(select, ['none'])).toEqual({ rows: [], nextPage: undefined });
  });

  test('more requests than a connection takes wait their turn', async () => {
    const one = new CassandraSession({ ...options, maxInFlight: 16 });
    await one.connect({ timeoutMs: 30_000 });
    let most = 0;
    const calls = Array.from({ length: 3000 }, async (_, index) => {
      const rows = await one.all(`SELECT n FROM ${table} WHERE k = ? AND c = ?`, ['busy', String(index)]);
      most = Math.max(most, one.load.inFlight);
      return rows.length;
    });
    expect(one.load.waiting).toBeGreaterThan(2900);
    expect((await Promise.all(calls)).every((count) => count === 0)).toBe(true);
    expect(most).toBeLessThanOrEqual(16);
    await one.close();
  }, 30_000);

  test('an unlogged batch that the server calls too large is written in parts, a logged one is refused', async () => {
    const statement = `UPDATE ${table} SET s = ? WHERE k = ? AND c = ?`;
    const statements = Array.from({ length: 30 }, (_, index) => ({
      statement,
      params: [new Set(['x'.repeat(5000)]), `large-${String(index)}`, 'c'],
    }));
    await session.batch(statements);
    const rows = await Promise.all(
      statements.map(({ params }) => session.all(`SELECT s FROM ${table} WHERE k = ?`, [params[1]])),
    );
    expect(rows.every((found) => found.length === 1)).toBe(true);
    const logged = session.batch(statements, { logged: true });
    await expect(logged).rejects.toThrow('Batch too large');
    await expect(logged).rejects.toMatchObject({ kind: 'event' });
  });

  test('an empty batch is nothing', async () => {
    await expect(session.batch([])).resolves.toBeUndefined();
  });

  describe('an error tells who is to blame', () => {
    const update = `UPDATE ${table} SET n = ? WHERE k = ? AND c = ?`;
    test.each<[string, string, CassandraParams]>([
      ['a blank partition key', update, [1, '', 'c']],
      ['a null key', update, [1, null, 'c']],
      ['an unset clustering key', update, [1, 'k', undefined]],
      ['a partition key over 64 KiB', `SELECT n FROM ${table} WHERE k = ?`, ['x'.repeat(70_000)]],
      ['a clustering key over 64 KiB', update, [1, 'k', 'x'.repeat(70_000)]],
      ['no ASCII in an ascii column', `UPDATE ${table} SET a = ? WHERE k = ? AND c = ?`, ['é', 'k', 'c']],
      ['an oversized mutation', `UPDATE ${table} SET a = ? WHERE k = ? AND c = ?`, ['x'.repeat(9 << 20), 'k', 'c']],
      [
        'a request larger than a frame',
        `UPDATE ${table} SET a = ? WHERE k = ? AND c = ?`,
        ['x'.repeat(20 << 20), 'k', 'c'],
      ],
      ['text for a number', update, ['one', 'k', 'c']],
      ['a number over 32 bits', update, [2 ** 31, 'k', 'c']],
      ['a number for a bigint', `UPDATE ${table} SET b = ? WHERE k = ? AND c = ?`, [5, 'k', 'c']],
      ['half a millisecond', `UPDATE ${table} SET at = ? WHERE k = ? AND c = ?`, [1.5, 'k', 'c']],
      ['a number for a text', update, [1, 5, 'c']],
      ['null in a map', `UPDATE ${table} SET m = ? WHERE k = ? AND c = ?`, [new Map([['a', null]]), 'k', 'c']],
      [
        'a map without a prototype',
        `UPDATE ${table} SET m = ? WHERE k = ? AND c = ?`,
        [Object.create(null, { a: { value: 1, enumerable: true } }), 'k', 'c'],
      ],
      ['a lone surrogate', update, [1, '\ud800', 'c']],
    ])('the event: %s', async (_name, statement, params) => {
      const error: unknown = await session.execute(statement, params).catch((cause: unknown) => cause);
      expect(error).toBeInstanceOf(Error);
      expect([classifyCassandraError(error), (error as Error).message]).toEqual(['event', expect.any(String)]);
    });

    test.each<[string, string, CassandraParams]>([
      ['an unknown column', `SELECT nope FROM ${table} WHERE k = ?`, ['k']],
      ['an unknown column in a write', `UPDATE ${table} SET nope = ? WHERE k = ? AND c = ?`, [1, 'k', 'c']],
      ['an unknown table', `SELECT n FROM ${keyspace}.nope WHERE k = ?`, ['k']],
      ['an unknown keyspace', 'SELECT n FROM no_such_keyspace.t WHERE k = ?', ['k']],
      ['a syntax error', 'SELEC', []],
      ['a query that needs filtering', `SELECT n FROM ${table} WHERE n = ?`, [1]],
      ['too few values', `SELECT n FROM ${table} WHERE k = ?`, []],
      ['too many values', `SELECT n FROM ${table} WHERE k = ?`, ['a', 'b']],
    ])('the infrastructure: %s', async (_name, statement, params) => {
      const error: unknown = await session.execute(statement, params).catch((cause: unknown) => cause);
      expect(error).toBeInstanceOf(CassandraQueryError);
      expect(error).toMatchObject({ kind: 'infrastructure', statement });
    });

    test('the infrastructure: more replicas asked for than there are', async () => {
      const error: unknown = await session
        .execute(update, [1, 'k', 'c'], { consistency: 'THREE' })
        .catch((cause: unknown) => cause);
      expect(error).toMatchObject({ kind: 'infrastructure' });
    });
  });

  describe('the schema', () => {
    test('is checked: one line for all that is missing', async () => {
      await session.checkTables(keyspace.toUpperCase(), { T: ['K', 'c', 'at'] });
      await expect(session.checkTables(keyspace, { t: ['k', 'zz', 'yy'], u: ['a'] })).rejects.toMatchObject({
        code: 'ERR_CASSANDRA_SCHEMA',
        message: `cassandra at ${session.address}, keyspace ${keyspace}: table t has no columns zz, yy; table u does not exist`,
      });
      await expect(session.checkTables('no_such_keyspace', { t: ['k'] })).rejects.toThrow('keyspace does not exist');
    });

    test('may change under prepared statements', async () => {
      const changing = `${keyspace}.changing`;
      const create = `CREATE TABLE ${changing} (k text PRIMARY KEY, n int)`;
      const insert = `INSERT INTO ${changing} (k, n) VALUES (?, ?)`;
      const select = `SELECT k, n FROM ${changing} WHERE k = ?`;
      await session.execute(create);
      await session.execute(insert, ['a', 1]);
      expect(await session.all(select, ['a'])).toMatchObject([{ k: 'a', n: 1 }]);
      await session.execute(`ALTER TABLE ${changing} ADD extra text`);
      await session.execute(insert, ['a', 2]);
      expect(await session.all(select, ['a'])).toMatchObject([{ k: 'a', n: 2 }]);
      await session.execute(`DROP TABLE ${changing}`);
      const gone: unknown = await session.all(select, ['a']).catch((cause: unknown) => cause);
      expect(gone).toMatchObject({ kind: 'infrastructure' });
      await session.execute(create);
      await session.batch([{ statement: insert, params: ['a', 3] }]);
      expect(await session.all(select, ['a'])).toMatchObject([{ k: 'a', n: 3 }]);
    }, 30_000);
  });

  test('a sink writes what a lookup finds', async () => {
    const sink = cassandraSink<{ id: string; n: number }>({
      session,
      statement: `INSERT INTO ${table} (k, c, n) VALUES ('sink', ?, ?)`,
      toParams: ({ id, n }) => [id, n],
      toKey: ({ id }) => id,
    });
    const writer = await sink.open({
      jobName: 'test',
      clock: systemClock,
      logger: silentLogger,
      metrics: new InMemoryMetrics(),
      signal: new AbortController().signal,
    });
    const acks: string[] = [];
    for (let n = 0; n < 300; n += 1) {
      writer.write(
        { id: `id-${String(n % 7)}`, n },
        { done: () => acks.push('done'), failed: (error) => acks.push(String(error)) },
      );
    }
    writer.write(
      { id: null as unknown as string, n: 1 },
      { done: () => acks.push('done'), failed: (error) => acks.push((error as CassandraQueryError).kind) },
    );
    await writer.flush();
    expect(acks.filter((ack) => ack === 'done')).toHaveLength(300);
    expect(acks.filter((ack) => ack !== 'done')).toEqual(['event']);
    const lookup = cassandraLookup<string, [string, unknown]>({
      session,
      statement: `SELECT n FROM ${table} WHERE k = 'sink' AND c = ?`,
      toParams: (id) => [id],
      combine: (id, rows) => rows.map(({ n }) => [id, n]),
    });
    const context = {} as Parameters<typeof lookup.asyncInvoke>[1];
    expect(await lookup.asyncInvoke('id-5', context)).toEqual([['id-5', 299]]);
    expect(await lookup.asyncInvoke('none', context)).toEqual([]);
    await writer.close();
  });

  test('after close every call rejects', async () => {
    const short = new CassandraSession(options);
    await expect(short.all('SELECT key FROM system.local')).rejects.toMatchObject({ code: 'ERR_CASSANDRA_CLOSED' });
    await short.connect({ timeoutMs: 30_000 });
    const underWay = Array.from({ length: 400 }, () =>
      short.all('SELECT key FROM system.local').catch((error: unknown) => error),
    );
    await short.close();
    await short.close();
    for (const answer of await Promise.all(underWay)) {
      if (!Array.isArray(answer)) expect(answer).toBeInstanceOf(Error);
    }
    await expect(short.all('SELECT key FROM system.local')).rejects.toMatchObject({ code: 'ERR_CASSANDRA_CLOSED' });
    await expect(short.connect({ timeoutMs: 1000 })).rejects.toMatchObject({ code: 'ERR_CASSANDRA_CLOSED' });
  }, 30_000);
});
