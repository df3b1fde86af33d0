import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A question that the stub was asked. */
export interface Asked {
  readonly path: string;
  readonly method: string;
  readonly contentType: string;
  readonly body: string;
}

type Answer = { status?: number; body: string } | 'hang' | 'reset';

/** A search service on loopback for tests: answers as the platform's does, or as it is told. */
export class SearchStub {
  readonly asked: Asked[] = [];
  readonly known = new Map<string, string>();
  /** Used up one by one before the normal answers. */
  readonly script: Answer[] = [];
  /** TCP connections accepted. */
  connections = 0;
  readonly #server = createServer((request, response) => void this.#handle(request, response));

  async start(): Promise<void> {
    this.#server.on('connection', () => {
      this.connections += 1;
    });
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
  }

  get basePath(): string {
    return `http://127.0.0.1:${String((this.#server.address() as AddressInfo).port)}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    const body = Buffer.concat(pieces).toString('utf8');
    this.asked.push({
      path: request.url ?? '',
      method: request.method ?? '',
      contentType: request.headers['content-type'] ?? '',
      body,
    });
    const answer = this.script.shift() ?? { body: this.#result(body) };
    if (answer === 'hang') return;
    if (answer === 'reset') {
      request.socket.destroy();
      return;
    }
    response.writeHead(answer.status ?? 200, { 'content-type': 'application/json' }).end(answer.body);
  }

  /** As the service does it: only the statuses asked for, no `content` where nothing is found. */
  #result(body: string): string {
    const { request } = JSON.parse(body) as { request: { filters: { identifier: string; status: string[] } } };
    const { identifier } = request.filters;
    const status = this.known.get(identifier);
    const found = status !== undefined && request.filters.status.includes(status);
    const result = found ? { count: 1, content: [{ identifier, objectType: 'Content', status }] } : { count: 0 };
    return JSON.stringify({ id: 'api.search-service.search', ver: '3.0', responseCode: 'OK', result });
  }
}
