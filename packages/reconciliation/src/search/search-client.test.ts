import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { systemClock } from '@millrace/core';
import { collectionStatusSourceConformance } from '../stores/collection-status-source.conformance.js';
import { SearchError } from './errors.js';
import { SearchClient } from './search-client.js';
import { SearchStub } from './search-stub.conformance.js';

collectionStatusSourceConformance('search service', async () => {
  const stub = new SearchStub();
  await stub.start();
  const client = new SearchClient({ basePath: stub.basePath, clock: systemClock });
  return {
    source: client,
    put(collections) {
      for (const { identifier, status } of collections) stub.known.set(identifier, status);
      return Promise.resolve();
    },
    async close() {
      client.close();
      await stub.stop();
    },
  };
});

describe('SearchClient', () => {
  let stub: SearchStub;
  let client: SearchClient;

  beforeEach(async () => {
    stub = new SearchStub();
    await stub.start();
    stub.known.set('do_X', 'Live');
    client = new SearchClient({ basePath: stub.basePath, clock: systemClock, timeoutMs: 200, retryDelaysMs: [1, 1] });
  });

  afterEach(async () => {
    client.close();
    await stub.stop();
  });

  test('asks as the deployed job does', async () => {
    await client.status('do_X');
    expect(stub.asked).toEqual([
      {
        path: '/v3/search',
        method: 'POST',
        contentType: 'application/json',
        body: '{"request":{"filters":{"objectType":"Collection","identifier":"do_X","status":["Live","Unlisted","Retired"]},"fields":["status"]}}',
      },
    ]);
  });

  test('tolerates trailing slashes and keeps the path of the base', async () => {
    const other = new SearchClient({ basePath: `${stub.basePath}/search//`, clock: systemClock });
    await other.status('do_X');
    other.close();
    expect(stub.asked[0]?.path).toBe('/search/v3/search');
  });

  test('reuses its connection', async () => {
    for (let i = 0; i < 5; i += 1) await client.status('do_X');
    expect(stub.connections).toBe(1);
  });

  test('asks again after a server error, a broken connection and a timeout', async () => {
    stub.script.push({ status: 503, body: 'busy' }, 'reset');
    expect(await client.status('do_X')).toBe('Live');
    stub.script.push('hang');
    expect(await client.status('do_X')).toBe('Live');
    expect(stub.asked).toHaveLength(5);
  });

  test('gives up after three tries, with path and status alone', async () => {
    stub.script.push(...Array.from({ length: 3 }, () => ({ status: 500, body: 'secret' })));
    const error = await client.status('do_X').catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(SearchError);
    expect((error as SearchError).message).toBe(`${stub.basePath}/v3/search: answered with HTTP status 500`);
    expect(stub.asked).toHaveLength(3);
  });

  test('a refusal is not asked again', async () => {
    stub.script.push({ status: 400, body: '{}' });
    await expect(client.status('do_X')).rejects.toThrow('answered with HTTP status 400');
    expect(stub.asked).toHaveLength(1);
  });

  test('credentials in the address do not get into errors', async () => {
    const basePath = stub.basePath.replace('http://', 'http://operator:hunter2@');
    const other = new SearchClient({ basePath, clock: systemClock, retryDelaysMs: [] });
    stub.script.push({ status: 401, body: '' });
    const error = (await other.status('do_X').catch((reason: unknown) => reason)) as Error;
    other.close();
    expect(`${error.message} ${error.stack ?? ''} ${JSON.stringify(error)}`).not.toContain('hunter2');
    expect(error.cause).toBeUndefined();
  });

  test('ignores proxies of the environment', async () => {
    process.env['http_proxy'] = 'http://127.0.0.1:9';
    try {
      expect(await client.status('do_X')).toBe('Live');
    } finally {
      delete process.env['http_proxy'];
    }
  });

  test('closing ends what is waiting', async () => {
    stub.script.push('hang');
    const waiting = client.status('do_X');
    client.close();
    await expect(waiting).rejects.toThrow(SearchError);
  });
});
