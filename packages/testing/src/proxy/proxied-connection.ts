import { connect } from 'node:net';
import type { Socket } from 'node:net';
import type { Faults } from './faults.js';
import { Lane } from './lane.js';

/** Of a request this much is kept for `matching`. */
const MAX_REQUEST_BYTES = 64 * 1024;

/** A client's connection and the one to the service behind it. */
export class ProxiedConnection {
  readonly #client: Socket;
  readonly #service: Socket;
  readonly #faults: Faults;
  readonly #over = new AbortController();
  #request: Buffer[] = [];
  #requestBytes = 0;
  #isAnswered = false;

  /**
   * @param client a socket that may be half open
   * @param closed called once, when both sides are gone
   * @param dropped called when an answer was thrown away
   */
  constructor(
    client: Socket,
    target: { readonly host: string; readonly port: number },
    faults: Faults,
    closed: () => void,
    dropped: () => void,
  ) {
    this.#client = client;
    this.#faults = faults;
    this.#service = connect({ host: target.host, port: target.port, allowHalfOpen: true, noDelay: true });
    const { signal } = this.#over;
    new Lane(client, this.#service, faults, signal, (bytes) => {
      this.#asked(bytes);
      return true;
    });
    new Lane(this.#service, client, faults, signal, (answer) => {
      const isPassed = this.#answered(answer);
      if (!isPassed) dropped();
      return isPassed;
    });
    let open = 2;
    const gone = (): void => {
      open -= 1;
      if (open > 0) return;
      this.#over.abort();
      closed();
    };
    client.on('close', gone);
    this.#service.on('close', gone);
  }

  /** Both sides see the connection break. */
  cut(): void {
    this.#over.abort();
    this.#client.resetAndDestroy();
    this.#service.resetAndDestroy();
  }

  #asked(bytes: Buffer): void {
    if (this.#isAnswered) {
      this.#request = [];
      this.#requestBytes = 0;
      this.#isAnswered = false;
    }
    if (this.#requestBytes >= MAX_REQUEST_BYTES) return;
    this.#request.push(bytes.subarray(0, MAX_REQUEST_BYTES - this.#requestBytes));
    this.#requestBytes += bytes.length;
  }

  #answered(answer: Buffer): boolean {
    if (this.#faults.takes({ request: Buffer.concat(this.#request), answer })) {
      this.#lose();
      return false;
    }
    this.#isAnswered = true;
    return true;
  }

  /** The client sees the connection break; the service reads to the end what was sent to it, and carries it out. */
  #lose(): void {
    this.#over.abort();
    this.#client.resetAndDestroy();
    this.#service.removeAllListeners('data');
    this.#service.resume();
    this.#service.end();
  }
}
