import { expect } from '@jest/globals';
import { createServer } from 'node:http';
import type { ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { failuresOf } from './framework/failures.js';
import { integrityRow } from './framework/integrity-row.js';
import type { Row } from './framework/row.js';

const RETIRED = 'ERR_COLLECTION_RETIRED';
const MISSING = 'ERR_LEAF_NODES_MISSING';
const json = { 'content-type': 'application/json' };

/** What the search service does instead of answering. */
const faults: Readonly<Record<string, (response: ServerResponse) => void>> = {
  down: (response) => response.destroy(),
  'never answers': () => undefined,
  'HTML instead of JSON': (response) =>
    response.writeHead(200, { 'content-type': 'text/html' }).end('<html>moved</html>'),
  'status 429': (response) => response.writeHead(429, { 'retry-after': '3600' }).end('slow down'),
  'status 500': (response) => response.writeHead(500, json).end('{"params":{"err":"ERR_SYSTEM_EXCEPTION"}}'),
  'another shape': (response) => response.writeHead(200, json).end('{"result":{"count":"one","content":{"status":7}}}'),
  'an answer without end': (response) => response.writeHead(200, json).end(`{"a":"${'x'.repeat(2_000_000)}"}`),
};

/** A search service that knows one retired course and does as it is told. */
async function startSearch(
  row: Row,
): Promise<{ url: string; fault: string | undefined; asked: number; retired: string }> {
  const search = { url: '', fault: undefined as string | undefined, asked: 0, retired: '' };
  const server = createServer((request, response) => {
    search.asked += 1;
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
    request.on('end', () => {
      const fault = search.fault === undefined ? undefined : faults[search.fault];
      if (fault !== undefined) {
        fault(response);
        return;
      }
      const { identifier } = (JSON.parse(body) as { request: { filters: { identifier: string } } }).request.filters;
      const status = identifier === search.retired ? 'Retired' : 'Live';
      response.writeHead(200, json).end(JSON.stringify({ result: { count: 1, content: [{ identifier, status }] } }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  search.url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  row.onEnd(() => {
    server.closeAllConnections();
    server.close();
  });
  return search;
}

integrityRow(
  'search service: down, slow, and answers that are none',
  {
    seconds: 70,
    bounded: 14,
    protection: 'takes a search service that cannot be asked for one that does not know the course',
  },
  async (row) => {
    const search = await startSearch(row);
    const settings = { 'service.search.basePath': search.url, 'activity.collection.status.cache.expiry': '0' };
    const scene = await row.scene({ settings });
    search.retired = scene.cast.courses.find(({ status }) => status === 'Retired')?.id ?? '';
    await scene.start();
    scene.feed({ perSecond: 40 });
    const retiredFailures = async (): Promise<number> => (await failuresOf(scene, RETIRED)).unexpected.length;
    await scene.until('a retired course is told', 60_000, async () => (await retiredFailures()) > 0);
    row.underWay();
    for (const fault of Object.keys(faults)) {
      const asked = search.asked;
      search.fault = fault;
      await scene.until(`the search service is asked: ${fault}`, 60_000, () => search.asked > asked);
      // Everybody else goes on meanwhile.
      await scene.progressed(40);
      await sleep((row.length * 1_000) / Object.keys(faults).length);
    }
    search.fault = undefined;
    const told = await retiredFailures();
    await scene.until('a retired course is told again', 60_000, async () => (await retiredFailures()) > told);
    const report = await scene.checkEverything({ mayFail: [MISSING] });
    // While nobody could be asked, a retired course's requests failed as if it were any other without leaf nodes.
    expect((await failuresOf(scene, MISSING)).unexpected.length).toBeGreaterThan(0);
    row.report({ runs: Object.keys(faults).length, ...report });
  },
);
