// Stands in for the platform's search service: answers POST /v3/search for the collections listed in a JSON Lines file
// of {"identifier","status"}, in the shape of the real service. For trying the job out, not for production.
//   node docker/search-stub.mjs [collections.jsonl] (PORT, default 9000)
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';

const file = process.argv[2];
const lines =
  file === undefined
    ? []
    : readFileSync(file, 'utf8')
        .split('\n')
        .filter((line) => line.trim() !== '');
const statusOf = new Map(lines.map((line) => JSON.parse(line)).map(({ identifier, status }) => [identifier, status]));

const server = createServer((request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    const answer = (code, body) => {
      response.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    };
    if (request.method === 'GET' && request.url === '/health') return answer(200, { healthy: true });
    if (request.method !== 'POST' || request.url !== '/v3/search')
      return answer(404, { responseCode: 'RESOURCE_NOT_FOUND' });
    try {
      const { filters } = JSON.parse(Buffer.concat(chunks).toString('utf8')).request;
      const status = statusOf.get(filters.identifier);
      const found = status !== undefined && filters.status.includes(status);
      answer(200, {
        id: 'api.search-service.search',
        ver: '3.0',
        ts: new Date().toISOString(),
        params: { status: 'successful', err: null, errmsg: null },
        responseCode: 'OK',
        result: found
          ? { count: 1, content: [{ identifier: filters.identifier, objectType: 'Content', status }] }
          : { count: 0 },
      });
    } catch (error) {
      answer(400, {
        id: 'api.search-service.search',
        ver: '3.0',
        params: { status: 'failed', err: 'ERR_COMPOSITE_SEARCH_INVALID_PARAMS', errmsg: error.message },
        responseCode: 'CLIENT_ERROR',
      });
    }
  });
});

server.listen(Number(process.env.PORT ?? 9000), process.env.HOST ?? '0.0.0.0', () => {
  console.error(`search stub on port ${server.address().port}, ${statusOf.size} collections`);
});
for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => server.close());
