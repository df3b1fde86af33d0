import { silentLogger } from '@millrace/core';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startHttpServer, type HttpServerHandle } from './http-server.js';

let ready = false;
let server: HttpServerHandle;
beforeAll(async () => {
  server = await startHttpServer(
    { host: '127.0.0.1', port: 0 },
    {
      metrics: () => (ready ? Promise.resolve('a 1\n') : Promise.reject(new Error('broken'))),
      live: () => Promise.resolve({ ok: true, reasons: [] }),
      ready: () => Promise.resolve({ ok: ready, reasons: ready ? [] : ['starting'], phase: 'starting' }),
    },
    silentLogger,
  );
});
afterAll(() => server.close());

async function get(path: string, method = 'GET'): Promise<{ status: number; type: string | null; body: string }> {
  const response = await fetch(`http://127.0.0.1:${String(server.port)}${path}`, { method });
  return { status: response.status, type: response.headers.get('content-type'), body: await response.text() };
}

test('health says why in JSON, with 503 where it is not well', async () => {
  ready = false;
  expect(await get('/health/live')).toMatchObject({ status: 200, body: '{"ok":true,"reasons":[]}\n' });
  const { status, type, body } = await get('/health/ready?x=1');
  expect([status, type]).toEqual([503, 'application/json; charset=utf-8']);
  expect(JSON.parse(body)).toEqual({ ok: false, reasons: ['starting'], phase: 'starting' });
});

test('metrics in the text format', async () => {
  ready = true;
  expect(await get('/metrics')).toEqual({
    status: 200,
    type: 'text/plain; version=0.0.4; charset=utf-8',
    body: 'a 1\n',
  });
});

test('an answer that fails is a 500, and the server lives on', async () => {
  ready = false;
  expect((await get('/metrics')).status).toBe(500);
  expect((await get('/health/live')).status).toBe(200);
});

test('other paths and methods', async () => {
  expect((await get('/')).status).toBe(404);
  expect((await get('/metrics', 'POST')).status).toBe(405);
});

describe('what would have the process do something', () => {
  const taken: unknown[] = [];
  const serve = (token?: string): Promise<HttpServerHandle> =>
    startHttpServer(
      { host: '127.0.0.1', port: 0 },
      {
        metrics: () => Promise.resolve(''),
        live: () => Promise.resolve({ ok: true, reasons: [] }),
        ready: () => Promise.resolve({ ok: true, reasons: [] }),
        savepoint: (request) => Promise.resolve(taken.push(request)).then(() => []),
      },
      silentLogger,
      token,
    );
  const ask = async (to: HttpServerHandle, path: string, method: string, authorization?: string): Promise<number> => {
    const url = `http://127.0.0.1:${String(to.port)}${path}`;
    const body = JSON.stringify({ folder: '/savepoint' });
    const headers = new Headers(authorization === undefined ? [] : [['authorization', authorization]]);
    return (await fetch(url, { method, body, headers })).status;
  };

  test('is done for the right token alone', async () => {
    const to = await serve('right-token');
    const wrong = [undefined, '', 'right-token', 'Bearer', 'Bearer ', 'Bearer right-toke', 'Bearer right-token2'];
    for (const authorization of wrong) expect(await ask(to, '/savepoint', 'POST', authorization)).toBe(401);
    expect(taken).toEqual([]);
    expect(await ask(to, '/savepoint', 'POST', 'Bearer right-token')).toBe(200);
    expect(taken).toHaveLength(1);
    await to.close();
  });

  test('is done for nobody where no token is set', async () => {
    taken.length = 0;
    const to = await serve();
    for (const authorization of [undefined, 'Bearer ', 'Bearer undefined']) {
      expect(await ask(to, '/savepoint', 'POST', authorization)).toBe(403);
    }
    expect(taken).toEqual([]);
    await to.close();
  });

  test('is that one path: no other takes a write, whoever asks', async () => {
    const to = await serve('right-token');
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
      for (const path of ['/', '/metrics', '/health/live', '/health/ready', '/savepoint/', '/savepoint?x', '/stop']) {
        expect(await ask(to, path, method, 'Bearer right-token')).toBe(405);
      }
    }
    expect(taken).toEqual([]);
    await to.close();
  });
});
