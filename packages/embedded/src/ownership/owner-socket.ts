import { closeSync, constants, existsSync, openSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import type { Server } from 'node:net';
import { join } from 'node:path';

/** What a try to reach an owner's socket says about the owner. `unknown`: the system does not tell. */
export type SocketAnswer = 'alive' | 'dead' | 'unknown';

/** A socket address holds 104 bytes at least everywhere; longer ones are cut or refused. */
const MAX_SOCKET_PATH_BYTES = 100;

/**
 * A listening socket whose file lies in the data folder. The kernel closes it with the process, however that ends, so a
 * refused connection proves that the owner is gone: at once, across containers that share the folder, and whatever
 * process has its number now.
 */
export class OwnerSocket {
  readonly name: string;
  readonly #server: Server;
  readonly #release: () => void;

  private constructor(name: string, server: Server, release: () => void) {
    this.name = name;
    this.#server = server;
    this.#release = release;
  }

  /** Listens in `directory`; undefined where the file system or the platform has no such sockets. */
  static async listen(directory: string, name: string): Promise<OwnerSocket | undefined> {
    const address = socketAddress(directory, name);
    if (address === undefined) return undefined;
    const server = createServer((socket) => socket.destroy());
    const listening = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false));
      server.listen(address.path, () => resolve(true));
    });
    if (!listening) {
      address.release();
      return undefined;
    }
    server.unref();
    return new OwnerSocket(name, server, address.release);
  }

  /** Asks whether somebody listens on the socket `name` in `directory`. */
  static async probe(directory: string, name: string): Promise<SocketAnswer> {
    const address = socketAddress(directory, name);
    if (address === undefined) return 'unknown';
    try {
      return await new Promise<SocketAnswer>((resolve) => {
        const socket = connect(address.path);
        socket.once('connect', () => {
          socket.destroy();
          resolve('alive');
        });
        socket.once('error', (error: NodeJS.ErrnoException) => {
          resolve(error.code === 'ECONNREFUSED' || error.code === 'ENOENT' ? 'dead' : 'unknown');
        });
      });
    } finally {
      address.release();
    }
  }

  async close(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#release();
  }
}

/** Where to reach a socket of the folder: its path, or, where that is too long, a short way through an open folder. */
function socketAddress(directory: string, name: string): { path: string; release: () => void } | undefined {
  if (process.platform === 'win32') return undefined;
  const path = join(directory, name);
  if (Buffer.byteLength(path) <= MAX_SOCKET_PATH_BYTES) return { path, release() {} };
  if (!existsSync('/proc/self/fd')) return undefined;
  const fd = openSync(directory, constants.O_RDONLY | constants.O_DIRECTORY);
  return { path: `/proc/self/fd/${String(fd)}/${name}`, release: () => closeSync(fd) };
}
