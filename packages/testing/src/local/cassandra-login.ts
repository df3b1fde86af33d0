import type { TestCertificates } from '../certificates.js';
import { converse, type Question } from '../probe.js';

const AUTHENTICATE = 0x03;
const AUTH_SUCCESS = 0x10;

/** The user that a node with logins makes at its first start. */
export const firstUser = { username: 'cassandra', password: 'cassandra' } as const;

/** Resolves when the first user can log in: a fresh node takes connections before it has made that user. */
export function logIn(host: string, port: number, certificates: TestCertificates | undefined): Promise<void> {
  const token = Buffer.from(`\0${firstUser.username}\0${firstUser.password}`);
  const length = Buffer.alloc(4);
  length.writeInt32BE(token.length);
  const questions: Question[] = [
    {
      // STARTUP {CQL_VERSION: 3.0.0}
      request: frame(0x01, Buffer.from('0001000b43514c5f56455253494f4e0005332e302e30', 'hex')),
      answered: (bytes) => opcodeOf(bytes) === AUTHENTICATE,
    },
    {
      // AUTH_RESPONSE
      request: frame(0x0f, Buffer.concat([length, token])),
      answered: (bytes) => opcodeOf(bytes) === AUTH_SUCCESS,
    },
  ];
  return converse('cassandra', host, port, questions, 5_000, certificates);
}

/** A request of the native protocol v4, stream 0. */
function frame(opcode: number, body: Buffer): Buffer {
  const header = Buffer.from([4, 0, 0, 0, opcode, 0, 0, 0, 0]);
  header.writeInt32BE(body.length, 5);
  return Buffer.concat([header, body]);
}

/** Of an answer, once its header is there. */
function opcodeOf(bytes: Buffer): number | undefined {
  return bytes.length >= 9 ? bytes[4] : undefined;
}
