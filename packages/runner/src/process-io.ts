import type { Io, ParentProcess, StopSignal } from './io.js';

/** The real process. */
export function processIo(): Io {
  return {
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    cwd: process.cwd(),
    onSignal(listener) {
      const handle = (signal: NodeJS.Signals): void => listener(signal as StopSignal);
      process.on('SIGTERM', handle);
      process.on('SIGINT', handle);
      return () => {
        process.off('SIGTERM', handle);
        process.off('SIGINT', handle);
      };
    },
    onFatal(listener) {
      process.on('uncaughtException', listener);
      return () => process.off('uncaughtException', listener);
    },
    entry: process.argv[1],
    parent: parentProcess(),
  };
}

function parentProcess(): ParentProcess | undefined {
  const worker = process.env['MILLRACE_WORKER'];
  if (worker === undefined || !process.connected) return undefined;
  return {
    worker: Number(worker),
    send: (message) => process.send?.(message),
    onMessage: (listener) => process.on('message', listener),
  };
}
