import { once } from 'node:events';
import { createServer } from 'node:net';
import type { Server } from 'node:net';
import { freePort } from '../free-port.js';
import { Faults } from './faults.js';
import type { DropAnswersOptions } from './faults.js';
import { ProxiedConnection } from './proxied-connection.js';

const HOST = '127.0.0.1';
/** Tries to listen at a port that somebody may have taken meanwhile, 50 ms apart. */
const LISTEN_TRIES = 100;

/** An address that a proxy leads to. */
export interface ProxyTarget {
  readonly host: string;
  readonly port: number;
}

/** What `startFaultProxy` needs. */
export interface FaultProxyOptions {
  /** Where connections lead to; nothing needs to listen there yet. */
  readonly target: ProxyTarget;
  /** For messages of tests that have several. @default the target as `host:port` */
  readonly name?: string;
}

/**
 * A TCP proxy on 127.0.0.1 between a client and a service that hurts the connection and neither of the two. Faults hold
 * for connections that are open and for those to come, add up, and last until `heal`.
 */
export class FaultProxy {
  readonly name: string;
  readonly host = HOST;
  readonly port: number;
  readonly #faults = new Faults();
  readonly #connections = new Set<ProxiedConnection>();
  #server: Server | undefined;
  #target: ProxyTarget;
  #dropped = 0;

  /** @internal */
  private constructor(name: string, target: ProxyTarget, port: number) {
    this.name = name;
    this.#target = target;
    this.port = port;
  }

  /** @internal see `startFaultProxy` */
  static async start({ target, name = `${target.host}:${target.port}` }: FaultProxyOptions): Promise<FaultProxy> {
    for (let left = 10; ; left -= 1) {
      // Not a port that the system hands out: between `refuse` and `heal` it is nobody's.
      const proxy = new FaultProxy(name, target, await freePort());
      try {
        await proxy.#listen(1);
        return proxy;
      } catch (error) {
        if (left === 1 || !isTaken(error)) throw error;
      }
    }
  }

  /** Connections that are open at this moment. */
  get connections(): number {
    return this.#connections.size;
  }

  /** Answers that `dropAnswers` threw away so far. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Every byte arrives `ms` milliseconds later, in each direction; the order stays. */
  delay(ms: number): void {
    this.#faults.delay(ms);
  }

  /** At most so many bytes a second pass, in each direction of each connection. */
  throttle(bytesPerSecond: number): void {
    if (!(bytesPerSecond > 0)) throw new RangeError(`throttle: ${bytesPerSecond} bytes a second, must be more than 0`);
    this.#faults.throttle(bytesPerSecond);
  }

  /** Breaks every connection that is open (both sides see a reset); new ones work. */
  cut(): void {
    for (const connection of this.#connections) connection.cut();
  }

  /** Breaks every connection, and new ones are refused until `heal` (ECONNREFUSED). */
  async refuse(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    const closed = server && new Promise<void>((resolve) => server.close(() => resolve()));
    this.cut();
    await closed;
  }

  /**
   * Half open: connections stay, new ones are accepted, and nothing passes, neither bytes nor the end of a connection.
   * What was sent meanwhile arrives after `heal`.
   */
  stall(): void {
    this.#faults.stall();
  }

  /**
   * The service gets a request and carries it out; its answer is thrown away and the client's connection breaks. What a
   * client must not take for "it was not done".
   */
  dropAnswers(options: DropAnswersOptions = {}): void {
    this.#faults.dropAnswers(options);
  }

  /** Failover: the same address leads to another server from now on; open connections break. `heal` leaves it so. */
  redirect(target: ProxyTarget): void {
    this.#target = target;
    this.cut();
  }

  /** Ends every fault. Connections that are open stay; a refusing proxy listens again when this resolves. */
  async heal(): Promise<void> {
    this.#faults.heal();
    if (this.#server === undefined) await this.#listen(LISTEN_TRIES);
  }

  /** Ends the proxy and its connections. */
  async stop(): Promise<void> {
    await this.refuse();
  }

  async #listen(tries: number): Promise<void> {
    for (let left = tries; ; left -= 1) {
      const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
        const connection: ProxiedConnection = new ProxiedConnection(
          client,
          this.#target,
          this.#faults,
          () => this.#connections.delete(connection),
          () => (this.#dropped += 1),
        );
        this.#connections.add(connection);
      });
      // A test that forgets its proxy ends all the same.
      server.unref();
      try {
        server.listen(this.port, HOST);
        await once(server, 'listening');
        this.#server = server;
        return;
      } catch (error) {
        if (left === 1 || !isTaken(error)) throw error;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  }
}

function isTaken(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
}

/**
 * Starts a proxy in front of `target`, without any fault yet. It lives in the test's process and ends with it.
 *
 * A client that learns addresses from the service (Kafka's) must be told the proxy's by it, else it goes past the proxy:
 * see the README.
 */
export function startFaultProxy(options: FaultProxyOptions): Promise<FaultProxy> {
  return FaultProxy.start(options);
}
