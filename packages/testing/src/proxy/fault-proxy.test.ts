import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

import { freePort } from '../free-port.js';
import { startFaultProxy } from './fault-proxy.js';
import type { FaultProxy } from './fault-proxy.js';

/** Answers each line with its name and the line, and remembers what it was asked. */
class LineService {
  readonly asked: string[] = [];
  readonly sockets = new Set<Socket>();
  #server: Server;

  constructor(readonly name: string) {
    this.#server = createServer((socket) => {
      this.sockets.add(socket);
      let text = '';
      socket.on('data', (bytes: Buffer) => {
        text += bytes.toString();
        const lines = text.split('\n');
        text = lines.pop()!;
        for (const line of lines) {
          this.asked.push(line);
          socket.write(`${this.name}:${line}\n`);
        }
      });
      socket.on('error', () => undefined);
      socket.on('close', () => this.sockets.delete(socket));
    });
  }

  async start(): Promise<{ host: string; port: number }> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return { host: '127.0.0.1', port: (this.#server.address() as AddressInfo).port };
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

class Client {
  received = '';
  /** How the connection ended: an error's code, 'closed', or undefined while it is open. */
  ended: string | undefined;
  readonly socket: Socket;

  constructor(port: number) {
    this.socket = connect(port, '127.0.0.1');
    this.socket.on('data', (bytes: Buffer) => (this.received += bytes.toString()));
    this.socket.on('error', (error: NodeJS.ErrnoException) => (this.ended = error.code));
    this.socket.on('close', () => (this.ended ??= 'closed'));
  }

  ask(line: string): void {
    this.socket.write(`${line}\n`);
  }
}

async function until(what: string, holds: () => boolean): Promise<void> {
  const deadline = performance.now() + 20_000;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`never happened: ${what}`);
    await delay(5);
  }
}

describe('a proxy that hurts connections', () => {
  let service: LineService;
  let other: LineService;
  let proxy: FaultProxy;
  let address: { host: string; port: number };

  const open = async (): Promise<Client> => {
    const client = new Client(proxy.port);
    client.ask('hello');
    await until('an answer through the proxy', () => client.received.endsWith(':hello\n'));
    return client;
  };

  beforeEach(async () => {
    service = new LineService('a');
    other = new LineService('b');
    address = await service.start();
    proxy = await startFaultProxy({ target: address, name: 'lines' });
  });

  afterEach(async () => {
    await proxy.stop();
    await service.stop();
    await other.stop();
  });

  test('passes everything both ways while it has no fault, the end of a connection included', async () => {
    expect(proxy).toMatchObject({ name: 'lines', host: '127.0.0.1' });
    const client = await open();
    const long = 'x'.repeat(2_000_000);
    client.ask(long);
    await until('the long answer', () => client.received.length === long.length + 'a:hello\na:\n'.length);
    expect(proxy.connections).toBe(1);
    client.socket.end();
    await until('the end', () => client.ended === 'closed' && service.sockets.size === 0 && proxy.connections === 0);
  });

  test('cut: both sides see the connection break, and a new one works', async () => {
    const client = await open();
    proxy.cut();
    await until('the break', () => client.ended === 'ECONNRESET' && service.sockets.size === 0);
    await open();
  });

  test('refuse: nobody gets in until it heals, at the same port', async () => {
    const client = await open();
    await proxy.refuse();
    await until('the break', () => client.ended === 'ECONNRESET');
    const refused = new Client(proxy.port);
    await until('the refusal', () => refused.ended === 'ECONNREFUSED');
    const { port } = proxy;
    await proxy.heal();
    expect(proxy.port).toBe(port);
    await open();
  });

  test('stall: connections stay and nothing passes; after it heals everything arrives, in order', async () => {
    const client = await open();
    proxy.stall();
    client.ask('one');
    const late = new Client(proxy.port);
    late.ask('two');
    await until('an accepted connection', () => proxy.connections === 2);
    await delay(50);
    expect(service.asked).toEqual(['hello']);
    expect([client.ended, late.ended]).toEqual([undefined, undefined]);
    client.ask('three');
    await proxy.heal();
    await until('the answers', () => client.received.endsWith('a:one\na:three\n') && late.received === 'a:two\n');
  });

  test('stall: who hangs up is not heard of until it heals', async () => {
    const client = await open();
    proxy.stall();
    client.socket.destroy();
    await until('the end', () => client.ended === 'closed');
    await delay(50);
    expect(service.sockets.size).toBe(1);
    await proxy.heal();
    await until('the news', () => service.sockets.size === 0 && proxy.connections === 0);
  });

  test('delay: each way takes so long at least, and what is delayed keeps its order', async () => {
    const client = await open();
    proxy.delay(40);
    const started = performance.now();
    for (const line of ['one', 'two', 'three']) client.ask(line);
    await until('the answers', () => client.received.endsWith('a:one\na:two\na:three\n'));
    expect(performance.now() - started).toBeGreaterThan(75);
  });

  test('heal ends a delay also for what is on its way', async () => {
    const client = await open();
    proxy.delay(3_600_000);
    client.ask('one');
    await delay(20);
    expect(service.asked).toEqual(['hello']);
    await proxy.heal();
    await until('the answer', () => client.received.endsWith('a:one\n'));
  });

  test('throttle: no more bytes a second than that', async () => {
    const client = await open();
    proxy.throttle(50_000);
    const started = performance.now();
    client.ask('x'.repeat(10_000));
    await until('the answer', () => client.received.length > 10_000);
    // 10,000 bytes there and back, side by side at best.
    expect(performance.now() - started).toBeGreaterThan(190);
    expect(() => proxy.throttle(0)).toThrow(RangeError);
  });

  test('dropAnswers: the service does what it was asked, the client hears of a break', async () => {
    const client = await open();
    proxy.dropAnswers({ count: 1 });
    client.ask('write');
    await until('the break', () => client.ended === 'ECONNRESET');
    expect(service.asked).toEqual(['hello', 'write']);
    expect(client.received).toBe('a:hello\n');
    expect(proxy.dropped).toBe(1);
    await open();
  });

  test('dropAnswers: only those that match, until it heals', async () => {
    const client = await open();
    proxy.dropAnswers({
      matching: ({ request, answer }) => request.toString().startsWith('write') && answer.toString().startsWith('a:'),
    });
    client.ask('read');
    await until('an answer', () => client.received.endsWith('a:read\n'));
    client.ask('write 1');
    await until('the break', () => client.ended === 'ECONNRESET');
    const second = await open();
    second.ask('write 2');
    await until('the break', () => second.ended === 'ECONNRESET');
    expect(service.asked.filter((line) => line.startsWith('write'))).toEqual(['write 1', 'write 2']);
    await proxy.heal();
    const third = await open();
    third.ask('write 3');
    await until('an answer', () => third.received.endsWith('a:write 3\n'));
    expect(proxy.dropped).toBe(2);
  });

  test('redirect: the same address leads to another server', async () => {
    const client = await open();
    proxy.redirect(await other.start());
    await until('the break', () => client.ended === 'ECONNRESET');
    const moved = await open();
    expect(moved.received).toBe('b:hello\n');
    await proxy.heal();
    expect((await open()).received).toBe('b:hello\n');
  });

  test('nothing listens at the target: the client is let in and thrown out', async () => {
    proxy.redirect({ host: '127.0.0.1', port: await freePort() });
    const client = new Client(proxy.port);
    await until('the break', () => client.ended === 'ECONNRESET');
    await until('nothing is left', () => proxy.connections === 0);
  });

  test('a receiver that does not read holds the sender up: memory stays bounded', async () => {
    const client = await open();
    proxy.stall();
    const chunk = Buffer.alloc(1024 * 1024);
    let sent = 0;
    while (client.socket.write(chunk) || sent < 64) {
      sent += 1;
      if (client.socket.writableLength > 32 * 1024 * 1024) break;
    }
    await delay(50);
    // What the proxy and the kernel took is little; the rest waits with the sender.
    expect(client.socket.writableLength).toBeGreaterThan(16 * 1024 * 1024);
    client.socket.destroy();
  });
});
