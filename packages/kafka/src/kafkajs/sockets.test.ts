import net from 'node:net';
import { once } from 'node:events';
import type tls from 'node:tls';
import { expect, test } from '@jest/globals';
import { openSocket } from './sockets.js';

const plain = undefined as unknown as tls.ConnectionOptions;

test('a dead socket keeps no listener for each time that kafkajs lets go of it', async () => {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  server.close();
  await once(server, 'close');
  const socket = openSocket({ host: '127.0.0.1', port, ssl: plain, onConnect: () => undefined });
  await once(socket, 'error');
  const before = socket.listenerCount('connect');
  for (let i = 0; i < 20; i++) socket.unref();
  expect(socket.listenerCount('connect')).toBe(before);
});

test('a socket that connects says so', async () => {
  const server = net.createServer((peer) => peer.end()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  await new Promise<void>((resolve) => {
    const socket = openSocket({ host: '127.0.0.1', port, ssl: plain, onConnect: resolve });
    socket.resume().on('end', () => socket.destroy());
  });
  server.close();
});
