import { setTimeout as delay } from 'node:timers/promises';

import { beforeAll, expect, test } from '@jest/globals';
import { describeWithServices } from '@millrace/testing';

import { CassandraQueryError } from './errors.js';
import { CassandraSession } from './session.js';

function openSockets(): number {
  return process.getActiveResourcesInfo().filter((kind) => kind === 'TCPSocketWrap').length;
}

describeWithServices(
  ['cassandra'],
  'cassandra that fails',
  (services) => {
    const insert = 'INSERT INTO faults.t (k, n) VALUES (?, ?)';
    const select = 'SELECT n FROM faults.t WHERE k = ?';

    async function connected(readTimeoutMs: number): Promise<CassandraSession> {
      const { host, port } = services.cassandra;
      const session = new CassandraSession({ hosts: [host], port, readTimeoutMs });
      await session.connect({ timeoutMs: 60_000 });
      return session;
    }

    beforeAll(async () => {
      // Schema changes take their time on a busy machine.
      const session = await connected(30_000);
      await session.execute(
        "CREATE KEYSPACE faults WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}",
      );
      await session.execute('CREATE TABLE faults.t (k text PRIMARY KEY, n int)');
      await session.close();
    }, 120_000);

    /**
     * Milliseconds until twenty writes in a row succeed (the driver may exchange its connection shortly after the first);
     * every failure on the way must be infrastructure.
     */
    async function untilBack(session: CassandraSession, limitMs: number): Promise<number> {
      const begin = performance.now();
      for (let inRow = 0; inRow < 20;) {
        try {
          await session.execute(insert, ['back', 1]);
          inRow += 1;
        } catch (error) {
          expect(error).toMatchObject({ kind: 'infrastructure' });
          inRow = 0;
        }
        if (performance.now() - begin > limitMs) throw new Error(`not back within ${String(limitMs)} ms`);
        await delay(50);
      }
      return performance.now() - begin;
    }

    test('killed: calls fail at once as infrastructure, and work goes on when it is back, prepared statements too', async () => {
      // Other suites of the same process may hold connections of their own.
      const socketsBefore = openSockets();
      const session = await connected(6000);
      await session.execute(insert, ['kept', 1]);
      await session.all(select, ['kept']);
      const underWay = Array.from({ length: 500 }, (_, n) =>
        session.execute(insert, [String(n), n]).catch((error: unknown) => error),
      );
      await services.cassandra.kill();
      for (const answer of await Promise.all(underWay)) {
        if (answer instanceof Error) expect(answer).toMatchObject({ kind: 'infrastructure' });
      }
      for (let call = 0; call < 50; call += 1) {
        const begin = performance.now();
        await expect(session.all(select, ['kept'])).rejects.toThrow(CassandraQueryError);
        expect(performance.now() - begin).toBeLessThan(2000);
      }
      await services.cassandra.restart();
      expect(await untilBack(session, 20_000)).toBeLessThan(10_000);
      expect(await session.all(select, ['kept'])).toMatchObject([{ n: 1 }]);
      await session.close();
      // The driver leaves a host with its timers and a connection behind for every outage (replaced-hosts.ts).
      await delay(500);
      expect(openSockets()).toBeLessThanOrEqual(socketsBefore);
    }, 240_000);

    test('hanging: calls end within the read timeout, and work goes on afterwards', async () => {
      const session = await connected(1000);
      await untilBack(session, 30_000);
      await services.cassandra.pause();
      for (let round = 0; round < 4; round += 1) {
        const begin = performance.now();
        const answers = await Promise.allSettled(
          Array.from({ length: 100 }, () => session.execute(insert, ['hung', round])),
        );
        expect(answers.every(({ status }) => status === 'rejected')).toBe(true);
        expect(performance.now() - begin).toBeLessThan(12_000);
      }
      await services.cassandra.resume();
      expect(await untilBack(session, 20_000)).toBeLessThan(10_000);
      await session.close();
    }, 120_000);
  },
  { own: true },
);
