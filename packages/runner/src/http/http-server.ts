import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { messageOf, SetupError, type Logger } from '@millrace/core';
import type { HealthBody } from './health.js';

/** What the endpoints answer with. */
export interface HttpAnswers {
  /** Prometheus' text format. */
  metrics(): Promise<string>;
  live(): Promise<HealthBody>;
  ready(): Promise<HealthBody>;
}

export interface HttpServerHandle {
  readonly port: number;
  /** Never rejects. */
  close(): Promise<void>;
}

/**
 * Serves `/metrics`, `/health/live` and `/health/ready` (200 or 503 with JSON that says why).
 *
 * @throws SetupError when the address cannot be listened on
 */
export async function startHttpServer(
  address: { readonly host: string; readonly port: number },
  answers: HttpAnswers,
  logger: Logger,
): Promise<HttpServerHandle> {
  const server = createServer((request, response) => {
    answer(request, response, answers).catch((error: unknown) => {
      logger.warn({ err: error, path: request.url }, 'an HTTP request could not be answered');
      if (!response.headersSent) send(response, 500, 'text/plain; charset=utf-8', 'internal error\n');
      else response.destroy();
    });
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
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
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

async function answer(request: IncomingMessage, response: ServerResponse, answers: HttpAnswers): Promise<void> {
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

function sendHealth(response: ServerResponse, health: HealthBody): void {
  send(response, health.ok ? 200 : 503, 'application/json; charset=utf-8', `${JSON.stringify(health)}\n`);
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' });
  response.end(body);
}
