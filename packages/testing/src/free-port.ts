import { createServer } from 'node:net';
import { randomInt } from 'node:crypto';

// Below the range that systems hand out to outgoing connections (Linux: from 32768), so that a server which is down
// for a while, in a crash test, finds its port still free when it comes back.
const LOWEST = 12_000;
const HIGHEST = 32_000;

/**
 * A TCP port on 127.0.0.1 that nothing listens on at this moment.
 *
 * Another process may take it before you do: treat "address in use" as a reason to ask again.
 */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const port = randomInt(LOWEST, HIGHEST);
    if (await canListen(port)) return port;
  }
  throw new Error(`no free TCP port between ${LOWEST} and ${HIGHEST} on 127.0.0.1 after 200 tries`);
}

function canListen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}
