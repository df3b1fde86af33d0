import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { createServer } from 'node:net';

const HEADER = 9;
const OPCODE = {
  error: 0x00,
  ready: 0x02,
  authenticate: 0x03,
  options: 0x05,
  supported: 0x06,
  authResponse: 0x0f,
} as const;

/** What the server says to a log-in: an error's code and text. */
export interface Refusal {
  readonly code: number;
  readonly message: string;
}

/** A server that speaks enough of the native protocol to ask for credentials and to refuse them. */
export interface FakeCqlServer {
  readonly port: number;
  /** Log-ins refused so far. */
  readonly refused: number;
  close(): void;
}

/** Starts one on a free port of 127.0.0.1. */
export async function startFakeCqlServer(refusal: Refusal): Promise<FakeCqlServer> {
  let refused = 0;
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    let buffer = Buffer.alloc(0);
    socket.on('error', () => undefined);
    socket.on('data', (data) => {
      buffer = Buffer.concat([buffer, data]);
      while (buffer.length >= HEADER && buffer.length >= HEADER + buffer.readInt32BE(5)) {
        const [version, , , , opcode] = buffer;
        const stream = buffer.readInt16BE(2);
        buffer = buffer.subarray(HEADER + buffer.readInt32BE(5));
        if (((version ?? 0) & 0x7f) !== 4) {
          socket.write(frame(stream, OPCODE.error, error(0x000a, 'Invalid or unsupported protocol version (5)')));
        } else if (opcode === OPCODE.options) {
          socket.write(frame(stream, OPCODE.supported, Buffer.from([0, 0])));
        } else if (opcode === OPCODE.authResponse) {
          refused += 1;
          socket.write(frame(stream, OPCODE.error, error(refusal.code, refusal.message)));
        } else {
          socket.write(frame(stream, OPCODE.authenticate, text('org.apache.cassandra.auth.PasswordAuthenticator')));
        }
      }
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    get refused() {
      return refused;
    },
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

function frame(stream: number, opcode: number, body: Buffer): Buffer {
  const header = Buffer.alloc(HEADER);
  header[0] = 0x84;
  header.writeInt16BE(stream, 2);
  header[4] = opcode;
  header.writeInt32BE(body.length, 5);
  return Buffer.concat([header, body]);
}

function error(code: number, message: string): Buffer {
  const head = Buffer.alloc(4);
  head.writeInt32BE(code, 0);
  return Buffer.concat([head, text(message)]);
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(bytes.length, 0);
  return Buffer.concat([length, bytes]);
}
