import type { Io, StopSignal } from '../io.js';
import type { ToWorker } from '../workers/messages.js';

/** What asks a command to end. */
export interface Stopping {
  /** Aborts at the first request: end in good order. */
  readonly signal: AbortSignal;
  /** Aborts at the second: end now. */
  readonly now: AbortSignal;
  /** Stops listening. */
  release(): void;
}

/**
 * First SIGTERM or SIGINT: stop; second: stop now. A worker listens to its parent instead: Ctrl-C reaches the whole
 * process group, so its own signals are at most a first request.
 */
export function listenForStop(io: Io, onFirst: (reason: string) => void): Stopping {
  const first = new AbortController();
  const second = new AbortController();
  const request = (reason: string): void => {
    if (first.signal.aborted) return;
    onFirst(reason);
    first.abort(new Error(`stopped by ${reason}`));
  };
  const { parent } = io;
  if (parent === undefined) {
    const release = io.onSignal((signal) => {
      if (first.signal.aborted) second.abort(new Error(`stopped by a second ${signal}`));
      else request(signal);
    });
    return { signal: first.signal, now: second.signal, release };
  }
  parent.onMessage((message) => {
    const { type } = message as ToWorker;
    if (type === 'stop') request('the parent process');
    if (type === 'stop-now') second.abort(new Error('stopped by the parent process'));
  });
  const release = io.onSignal((signal: StopSignal) => {
    if (signal === 'SIGTERM') request(signal);
  });
  return { signal: first.signal, now: second.signal, release };
}

/** Rejects with the signal's reason when it aborts; never resolves. */
export function abortion(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const fail = (): void => reject(signal.reason as Error);
    if (signal.aborted) fail();
    else signal.addEventListener('abort', fail, { once: true });
  });
}
