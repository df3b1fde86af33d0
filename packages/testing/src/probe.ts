import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { clientTls, type TestCertificates } from './certificates.js';
import type { ServiceName } from './service.js';

/** What a client says in a protocol, and how to know that the answer is that protocol's. */
export interface Question {
  readonly request: Buffer;
  answered(bytes: Buffer): boolean;
}

const greetings: Record<ServiceName, Question> = {
  // ApiVersions v0: length, api key 18, version 0, correlation id, null client id. The answer repeats the correlation id.
  kafka: {
    request: Buffer.from('0000000a001200004d494c4cffff', 'hex'),
    answered: (bytes) => bytes.length >= 10 && bytes.readUInt32BE(4) === 0x4d494c4c,
  },
  // OPTIONS, native protocol v4, stream 0. The answer is SUPPORTED (0x06) or ERROR (0x00), with the response bit set.
  cassandra: {
    request: Buffer.from('040000000500000000', 'hex'),
    answered: (bytes) => bytes.length >= 9 && (bytes[0] ?? 0) >= 0x80 && (bytes[4] === 0x06 || bytes[4] === 0x00),
  },
  // PING. A server that wants a password answers -NOAUTH, one that still loads its data -LOADING.
  redis: {
    request: Buffer.from('PING\r\n'),
    answered: (bytes) => /^(\+PONG|-NOAUTH)/.test(bytes.toString('latin1')),
  },
};

/**
 * Resolves when the service at this address answers in its own protocol, rejects with the reason when it does not
 * within `timeoutMs`. Needs no client library and no credentials.
 *
 * @param certificates of a listener that speaks TLS
 */
export async function probe(
  name: ServiceName,
  host: string,
  port: number,
  timeoutMs = 2_000,
  certificates?: TestCertificates,
): Promise<void> {
  await converse(name, host, port, [greetings[name]], timeoutMs, certificates);
}

/** Asks one question after another on one connection; resolves with the last answer. @throws the reason, as `probe` */
export async function converse(
  name: ServiceName,
  host: string,
  port: number,
  questions: readonly Question[],
  timeoutMs: number,
  certificates?: TestCertificates,
): Promise<void> {
  const tls = certificates && (await clientTls(certificates));
  const left = [...questions];
  await new Promise<void>((resolve, reject) => {
    let received = Buffer.alloc(0);
    const socket: Socket = tls ? connectTls({ host, port, ...tls }) : connect({ host, port });
    const fail = (why: string): void => {
      socket.destroy();
      reject(new Error(`${host}:${port} ${why}`));
    };
    socket.setTimeout(timeoutMs, () => fail(`did not answer as ${name} within ${timeoutMs} ms`));
    const ask = (): void => {
      const [question] = left;
      if (question) {
        socket.write(question.request);
        return;
      }
      socket.destroy();
      resolve();
    };
    socket.on(tls ? 'secureConnect' : 'connect', ask);
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      if (left[0]?.answered(received) !== true) return;
      received = Buffer.alloc(0);
      left.shift();
      ask();
    });
    socket.on('error', (error) => fail(`cannot be reached: ${error.message}`));
    socket.on('close', () => fail(`closed the connection without answering as ${name}`));
  });
}
