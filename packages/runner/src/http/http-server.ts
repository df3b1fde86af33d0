import { createHash, timingSafeEqual } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { messageOf, SetupError, type Logger } from '@millrace/core';
import { parseSavepointRequest, type SavepointTaker } from '../savepoint/savepoint-request.js';
import type { HealthBody } from './health.js';

/** What answers that are being given may take when the server closes. */
const LAST_ANSWERS_MS = 1_000;

/** What the endpoints answer with. */
export interface HttpAnswers {
  /** Prometheus' text format. */
  metrics(): Promise<string>;
  live(): Promise<HealthBody>;
  ready(): Promise<HealthBody>;
  /** Undefined where the process takes none. */
  readonly savepoint?: SavepointTaker;
}

export interface HttpServerHandle {
  readonly port: number;
  /** Never rejects. */
  close(): Promise<void>;
}

/** Longest body of a request: it names a folder. */
const MAX_BODY_BYTES = 64 * 1024;

/**
 * Serves `/metrics`, `/health/live` and `/health/ready` (200 or 503 with JSON that says why), and `POST /savepoint` to
 * those who know the token.
 *
 * @param token undefined: whatever would have the process do something is refused
 * @throws SetupError when the address cannot be listened on
 */
export async function startHttpServer(
  address: { readonly host: string; readonly port: number },
  answers: HttpAnswers,
  logger: Logger,
  token?: string,
): Promise<HttpServerHandle> {
  const doing = new Set<Promise<void>>();
  const server = createServer((request, response) => {
    const done = answer(request, response, answers, token).catch((error: unknown) => {
      logger.warn({ err: error, path: request.url }, 'an HTTP request could not be answered');
      if (!response.headersSent) send(response, 500, 'text/plain; charset=utf-8', 'internal error\n');
      else response.destroy();
    });
    doing.add(done);
    void done.finally(() => doing.delete(done));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(listenError(address, error)));
    server.listen(address.port, address.host, resolve);
  });
  server.on('error', (error) => logger.warn({ err: error }, 'HTTP server'));
  const { port } = server.address() as AddressInfo;
  logger.info({ host: address.host, port }, 'HTTP server listens');
  return {
    port,
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      // Whoever asked for a stop is told how it went.
      await Promise.race([Promise.all(doing), sleep(LAST_ANSWERS_MS)]);
      server.closeAllConnections();
      await closed;
    },
  };
}

function listenError({ host, port }: { host: string; port: number }, error: NodeJS.ErrnoException): SetupError {
  const reason =
    error.code === 'EADDRINUSE'
      ? 'it is in use by another process'
      : error.code === 'EACCES'
        ? 'this user may not listen on it'
        : messageOf(error);
  const message = `http.port: cannot listen on ${host}:${String(port)}: ${reason}; choose another with --http.port`;
  return new SetupError('ERR_HTTP_PORT', message, { cause: error });
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  answers: HttpAnswers,
  token: string | undefined,
): Promise<void> {
  if (request.method === 'POST' && request.url === '/savepoint' && answers.savepoint !== undefined) {
    await takeSavepoint(request, response, answers.savepoint, token);
    return;
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('allow', 'GET, HEAD');
    send(response, 405, 'text/plain; charset=utf-8', 'GET only\n');
    return;
  }
  switch (request.url?.split('?')[0]) {
    case '/metrics':
      send(response, 200, 'text/plain; version=0.0.4; charset=utf-8', await answers.metrics());
      return;
    case '/health/live':
      sendHealth(response, await answers.live());
      return;
    case '/health/ready':
      sendHealth(response, await answers.ready());
      return;
    default:
      send(response, 404, 'text/plain; charset=utf-8', '/metrics, /health/live, /health/ready\n');
  }
}

async function takeSavepoint(
  request: IncomingMessage,
  response: ServerResponse,
  take: SavepointTaker,
  token: string | undefined,
): Promise<void> {
  const say = (status: number, text: string): void => send(response, status, 'text/plain; charset=utf-8', `${text}\n`);
  if (token === undefined) {
    say(403, 'refused: the process has no http.token');
    return;
  }
  if (!isSame(request.headers.authorization ?? '', `Bearer ${token}`)) {
    say(401, 'refused: wrong token');
    return;
  }
  const body = await bodyOf(request);
  const asked = body === undefined ? undefined : parseSavepointRequest(body);
  if (asked === undefined) {
    say(400, 'a JSON object with folder, stop, drain');
    return;
  }
  try {
    const parts = await take(asked);
    send(response, 200, 'application/json; charset=utf-8', `${JSON.stringify({ parts })}\n`);
  } catch (error) {
    say(409, messageOf(error));
  }
}

/** Undefined where it is too long. */
async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Takes as long for a text that is nearly right as for any other. */
function isSame(given: string, expected: string): boolean {
  const hash = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(given), hash(expected));
}

function sendHealth(response: ServerResponse, health: HealthBody): void {
  send(response, health.ok ? 200 : 503, 'application/json; charset=utf-8', `${JSON.stringify(health)}\n`);
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' });
  response.end(body);
}
