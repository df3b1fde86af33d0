import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';

/** Stands between a client and a server, and loses what it is told to lose. */
export class LosingProxy {
  readonly port: number;
  /** For each answer that comes: true closes the connection in its place. */
  loses: () => boolean = () => false;
  lost = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server) {
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
  }

  static async start(host: string, port: number): Promise<LosingProxy> {
    const server = createServer((client) => proxy.#connected(client, connect(port, host)));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const proxy = new LosingProxy(server);
    return proxy;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #connected(client: Socket, upstream: Socket): void {
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      this.#sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        this.#sockets.delete(socket);
        other.destroy();
      });
    }
    client.pipe(upstream);
    upstream.on('data', (answer) => {
      if (this.loses()) {
        this.lost += 1;
        client.destroy();
      } else {
        client.write(answer);
      }
    });
  }
}
