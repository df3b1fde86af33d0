import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';

import { describe, expect, test } from '@jest/globals';
import { ServiceUnavailableError, SetupError } from '@millrace/core';
import { describeWithServices, freePort } from '@millrace/testing';

import type { CassandraOptions } from './options.js';
import { CassandraSession } from './session.js';
import { startFakeCqlServer } from './test-support/fake-cql-server.js';

async function failure(
  options: CassandraOptions,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<{ error: Error; ms: number }> {
  const session = new CassandraSession(options);
  const begin = performance.now();
  try {
    await session.connect({ timeoutMs, ...(signal === undefined ? {} : { signal }) });
  } catch (error) {
    return { error: error as Error, ms: performance.now() - begin };
  } finally {
    await session.close();
  }
  throw new Error('it connected');
}

describe('connecting to what is no Cassandra', () => {
  test('an address where nothing listens is given up with its name after the time allowed', async () => {
    const port = await freePort();
    const { error, ms } = await failure({ hosts: ['127.0.0.1'], port }, 1000);
    expect(error).toBeInstanceOf(ServiceUnavailableError);
    expect(error).toMatchObject({ address: `127.0.0.1:${String(port)}` });
    expect(error.message).toMatch(
      /^cassandra at 127\.0\.0\.1:\d+ could not be reached within 1 s: no host available: .*ECONNREFUSED/,
    );
    expect(ms).toBeGreaterThan(900);
    expect(ms).toBeLessThan(5000);
  });

  test('so is a name that does not exist', async () => {
    const { error } = await failure({ hosts: ['no-such-host.invalid'] }, 500);
    expect(error).toBeInstanceOf(ServiceUnavailableError);
    expect(error.message).toContain('no-such-host.invalid:9042');
  }, 30_000);

  test('and a server that takes the connection and never answers', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const { error, ms } = await failure({ hosts: ['127.0.0.1'], port }, 700);
    server.close();
    expect(error).toBeInstanceOf(ServiceUnavailableError);
    expect(ms).toBeLessThan(5000);
  });

  test('connecting can be called off', async () => {
    const abort = new AbortController();
    const failed = failure({ hosts: ['127.0.0.1'], port: await freePort() }, 60_000, abort.signal);
    setTimeout(() => {
      abort.abort(new Error('called off'));
    }, 100);
    expect((await failed).error.message).toBe('called off');
  });

  test('refused credentials stop the start at once, without the password', async () => {
    const server = await startFakeCqlServer({
      code: 0x0100,
      message: 'Provided username ann and/or password are incorrect',
    });
    const credentials = { username: 'ann', password: 'secret-7' };
    const { error, ms } = await failure({ hosts: ['127.0.0.1'], port: server.port, credentials }, 30_000);
    server.close();
    expect(error).toBeInstanceOf(SetupError);
    expect(error).toMatchObject({ code: 'ERR_CASSANDRA_CREDENTIALS' });
    expect(error.message).toContain('Provided username ann');
    expect(error.message).not.toContain('secret-7');
    expect(server.refused).toBe(1);
    expect(ms).toBeLessThan(5000);
  });

  test('so do missing ones', async () => {
    const server = await startFakeCqlServer({ code: 0x0100, message: 'unused' });
    const { error } = await failure({ hosts: ['127.0.0.1'], port: server.port }, 30_000);
    server.close();
    expect(error).toMatchObject({ code: 'ERR_CASSANDRA_CREDENTIALS' });
    expect(error.message).toContain('no credentials are set');
  });

  test('a node that cannot look its users up is tried again', async () => {
    const server = await startFakeCqlServer({
      code: 0x0100,
      message: 'Unable to perform authentication: Cannot achieve consistency level QUORUM',
    });
    const credentials = { username: 'ann', password: 'x' };
    const { error } = await failure({ hosts: ['127.0.0.1'], port: server.port, credentials }, 1500);
    server.close();
    expect(error).toBeInstanceOf(ServiceUnavailableError);
    expect(server.refused).toBeGreaterThan(1);
  });
});

describeWithServices(['cassandra'], 'connecting to a cluster', ({ cassandra }) => {
  const { host, port } = cassandra;

  test('through a name, a second contact point when the first is down, and with the port in the host', async () => {
    const closed = await freePort();
    const session = new CassandraSession({ hosts: [`localhost:${String(closed)}`, `${host}:${String(port)}`] });
    await session.connect({ timeoutMs: 30_000 });
    expect(session.localDataCenter).toBe('datacenter1');
    expect(await session.all('SELECT key FROM system.local')).toMatchObject([{ key: 'local' }]);
    await session.close();
  }, 40_000);

  test('twice at once is once, and closing meanwhile ends it', async () => {
    const session = new CassandraSession({ hosts: [host], port });
    await Promise.all([session.connect({ timeoutMs: 30_000 }), session.connect({ timeoutMs: 30_000 })]);
    expect(await session.all('SELECT key FROM system.local')).toHaveLength(1);
    await session.close();
    const other = new CassandraSession({ hosts: [host], port });
    const connecting = other.connect({ timeoutMs: 30_000 });
    await other.close();
    await expect(connecting).rejects.toMatchObject({ code: 'ERR_CASSANDRA_CLOSED' });
  }, 40_000);

  test('with credentials that the cluster does not ask for', async () => {
    const session = new CassandraSession({ hosts: [host], port, credentials: { username: 'a', password: 'b' } });
    await session.connect({ timeoutMs: 30_000 });
    await session.close();
  }, 40_000);

  test('a data center that the cluster does not have stops the start at once', async () => {
    const { error, ms } = await failure({ hosts: [host], port, localDataCenter: 'moon' }, 30_000);
    expect(error).toMatchObject({ code: 'ERR_CASSANDRA_DATA_CENTER' });
    expect(error.message).toContain('datacenter1');
    expect(ms).toBeLessThan(10_000);
  });

  test('so does a keyspace that does not exist', async () => {
    const { error } = await failure({ hosts: [host], port, keyspace: 'no_such_keyspace' }, 30_000);
    expect(error).toMatchObject({ code: 'ERR_CASSANDRA_KEYSPACE' });
  });
});
