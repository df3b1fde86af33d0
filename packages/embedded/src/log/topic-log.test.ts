import { describe, expect, jest, test } from '@jest/globals';
import { partitionForKey } from '@millrace/core';
import { TemporaryStores } from '../../test/temporary-store.js';

jest.setTimeout(30_000);

const stores = new TemporaryStores();

describe('the topic log', () => {
  test('records keep key, value, headers and time, also after a reopen', async () => {
    const directory = await stores.directory();
    const store = await stores.openIn(directory);
    await store.log.createTopic('t', 1);
    const headers = JSON.parse('{"__proto__":"p","many":["a","b"],"none":""}') as Record<string, string>;
    await store.log.append('t', [
      { key: 'k\0é', value: Buffer.from([0xff, 0, 0xfe]), headers, timestamp: 253402300799999 },
      { key: null, value: null, timestamp: 0 },
      { key: '', value: '', timestamp: 7 },
    ]);
    await store.close();

    const [first, second, third] = [...(await stores.openIn(directory)).log.readAll('t')];
    expect(first).toMatchObject({ topic: 't', partition: 0, offset: 0, timestamp: 253402300799999 });
    expect(first?.key?.toString()).toBe('k\0é');
    expect([...first!.value!]).toEqual([0xff, 0, 0xfe]);
    expect(Object.entries(first!.headers).map(([name, value]) => [name, String(value)])).toEqual([
      ['__proto__', 'p'],
      ['many', 'a,b'],
      ['none', ''],
    ]);
    expect(second).toMatchObject({ offset: 1, key: null, value: null, timestamp: 0 });
    expect([third?.key?.length, third?.value?.length]).toEqual([0, 0]);
  });

  test('a record without a time is stamped when it is handed over', async () => {
    const store = await stores.open({
      clock: { now: () => 1234, monotonic: () => 0, setTimer: () => () => undefined },
    });
    await store.log.createTopic('t', 1);
    await store.log.append('t', [{ key: null, value: 'v' }]);
    expect(store.log.read('t', 0, 0)[0]?.timestamp).toBe(1234);
  });

  test('keys choose partitions as Kafka does, a named partition wins, records without a key take turns', async () => {
    const store = await stores.open();
    await store.log.createTopic('t', 4);
    const keys = Array.from({ length: 100 }, (_, n) => `user-${String(n)}`);
    await store.log.append(
      't',
      keys.map((key) => ({ key, value: null })),
    );
    for (const record of store.log.readAll('t')) {
      expect(record.partition).toBe(partitionForKey(Buffer.from(record.key!), 4));
    }

    await store.log.createTopic('named', 4);
    await store.log.append('named', [{ key: 'user-1', value: 'x', partition: 3 }]);
    expect(store.log.endOffset('named', 3)).toBe(1);

    await store.log.createTopic('keyless', 3);
    await store.log.append(
      'keyless',
      Array.from({ length: 9 }, () => ({ key: null, value: 'x' })),
    );
    expect([0, 1, 2].map((partition) => store.log.endOffset('keyless', partition))).toEqual([3, 3, 3]);
  });

  test('offsets have no gap over many appends of all sizes, and any range can be read', async () => {
    const directory = await stores.directory();
    let store = await stores.openIn(directory);
    await store.log.createTopic('t', 1);
    let total = 0;
    for (const size of [1, 1, 600, 3, 1200, 1]) {
      const start = total;
      await store.log.append(
        't',
        Array.from({ length: size }, (_, n) => ({ key: null, value: String(start + n) })),
      );
      total += size;
    }
    await store.log.append('t', [{ key: null, value: Buffer.alloc(900_000, 1) }]);
    await store.close();
    store = await stores.openIn(directory);
    expect(store.log.endOffset('t', 0)).toBe(total + 1);
    for (const from of [0, 1, 2, 499, 500, 501, 601, 602, 605, 1000, total - 1]) {
      const records = store.log.read('t', 0, from, 500);
      expect(records.map((record) => record.offset)).toEqual(
        Array.from({ length: Math.min(500, total + 1 - from) }, (_, n) => from + n),
      );
      expect(String(records[0]!.value)).toBe(String(from));
    }
    expect(store.log.read('t', 0, total)[0]!.value).toHaveLength(900_000);
    expect(store.log.read('t', 0, total + 1)).toEqual([]);
    expect([...store.log.readAll('t')]).toHaveLength(total + 1);
  });

  test('a read of large records stops at some megabytes', async () => {
    const store = await stores.open();
    await store.log.createTopic('t', 1);
    await store.log.append(
      't',
      Array.from({ length: 20 }, () => ({ key: null, value: Buffer.alloc(900_000) })),
    );
    expect(store.log.read('t', 0, 0).length).toBeLessThan(8);
    expect([...store.log.readAll('t')]).toHaveLength(20);
  });

  test('an append to several topics stores nothing when one record is wrong', async () => {
    const store = await stores.open();
    await store.log.createTopic('a', 1);
    await store.log.createTopic('b', 1);
    const groups = (record: { partition?: number; timestamp?: number; value?: Buffer }) => [
      { topic: 'a', records: [{ key: null, value: 'fine' }] },
      { topic: 'b', records: [{ key: null, value: null, ...record }] },
    ];
    await expect(store.log.append(groups({ partition: 1 }))).rejects.toThrow(
      'topic b: there is no partition 1, only 0 to 0',
    );
    await expect(store.log.append(groups({ timestamp: 1.5 }))).rejects.toThrow(
      'topic b: timestamp 1.5 is no whole number',
    );
    await expect(store.log.append(groups({ value: Buffer.alloc(9_000_000) }))).rejects.toThrow(
      /topic b: a record of 9000\d+ bytes exceeds/,
    );
    expect([store.log.endOffset('a', 0), store.log.endOffset('b', 0)]).toEqual([0, 0]);
    await store.log.append(groups({}));
    expect([store.log.endOffset('a', 0), store.log.endOffset('b', 0)]).toEqual([1, 1]);
  });

  test('topics: created once, listed, refused where Kafka would refuse the name', async () => {
    const directory = await stores.directory();
    let store = await stores.openIn(directory);
    expect(await store.log.createTopic('dev.b', 2)).toEqual({ name: 'dev.b', partitions: 2, created: true });
    expect(await store.log.createTopic('dev.a', 3)).toMatchObject({ created: true });
    expect(await store.log.createTopic('dev.b', 5)).toEqual({ name: 'dev.b', partitions: 2, created: false });
    await store.close();
    store = await stores.openIn(directory);
    expect(store.log.topics().map(({ name, partitions }) => [name, partitions])).toEqual([
      ['dev.a', 3],
      ['dev.b', 2],
    ]);
    expect(store.log.topic('dev.c')).toBeUndefined();
    for (const name of ['', '.', '..', 'a/b', 'a b', 'x'.repeat(250)]) {
      await expect(store.log.createTopic(name, 1)).rejects.toMatchObject({ code: 'ERR_TOPIC_INVALID' });
    }
    await expect(store.log.createTopic('none', 0)).rejects.toMatchObject({ code: 'ERR_TOPIC_INVALID' });
    await expect(store.log.append('missing', [])).rejects.toMatchObject({ code: 'ERR_TOPIC_MISSING' });
  });

  test('two creations of one topic at the same time make one topic', async () => {
    const store = await stores.open();
    const results = await Promise.all([store.log.createTopic('t', 2), store.log.createTopic('t', 3)]);
    expect(results.map((result) => [result.partitions, result.created])).toEqual([
      [2, true],
      [2, false],
    ]);
  });

  test('a transaction that fails stores nothing of any of its calls, says so, and the log goes on', async () => {
    const store = await stores.open();
    await store.log.createTopic('t', 1);
    await store.log.append('t', [{ key: null, value: 'before' }]);
    const lost = store.log.append('t', [{ key: null, value: 'lost' }]);
    const lostTopic = store.log.createTopic('lost', 1);
    store.enqueue({
      apply: () => {
        throw new Error('no space left on device');
      },
      committed: () => undefined,
      failed: () => undefined,
    });
    const message = `writing to ${store.directory} failed: no space left on device`;
    await expect(lost).rejects.toMatchObject({ code: 'ERR_EMBEDDED_WRITE', message });
    await expect(lostTopic).rejects.toMatchObject({ code: 'ERR_EMBEDDED_WRITE' });
    expect(store.log.topic('lost')).toBeUndefined();
    await store.log.append('t', [{ key: null, value: 'after' }]);
    expect([...store.log.readAll('t')].map((record) => [record.offset, String(record.value)])).toEqual([
      [0, 'before'],
      [1, 'after'],
    ]);
  });
});

describe('consumer groups', () => {
  test('each group keeps its own offsets, also after a reopen, under any name', async () => {
    const directory = await stores.directory();
    let store = await stores.openIn(directory);
    const names = ['g', 'g2', 'g\0', '', 'ü/"'];
    for (const [index, name] of names.entries()) {
      await store.groups.commit(
        name,
        't',
        new Map([
          [0, index],
          [11, 2 ** 40 + index],
        ]),
      );
    }
    await store.groups.commit('g', 'other', new Map([[0, 99]]));
    await store.groups.commit('g', 't', new Map([[0, 5]]));
    await store.close();
    store = await stores.openIn(directory);
    expect(store.groups.committed('g', 't')).toEqual(
      new Map([
        [0, 5],
        [11, 2 ** 40],
      ]),
    );
    for (const [index, name] of names.entries()) {
      if (name !== 'g')
        expect(store.groups.committed(name, 't')).toEqual(
          new Map([
            [0, index],
            [11, 2 ** 40 + index],
          ]),
        );
    }
    expect(store.groups.committed('nobody', 't').size).toBe(0);
  });
});
