import { setFlagsFromString } from 'node:v8';
import { processIo } from './process-io.js';

// V8 lets the heap grow to up to four times of what is alive before it collects, more on a machine with much memory. A
// small process is worth more here: at 1.4 times the reconciliation job needs 139 MB where it needed 192, at the same CPU.
// The flag is read at each collection, so that it may still be set; there is no API for it.
setFlagsFromString('--heap-growing-percent=40');

// Until a command listens itself, nothing has begun: a job that did not start has nothing to drain, any other command
// has not done its work.
const leave = (signal: NodeJS.Signals): void => {
  if (process.listenerCount(signal) === 1) process.exit(process.argv[2] === 'run' ? 0 : 3);
};
process.on('SIGTERM', leave);
process.on('SIGINT', leave);
// `millrace describe ... | head` closes the pipe early; that is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
process.stderr.on('error', () => process.exit(1));
// A worker does not outlive the process that forked it: nobody would stop it. Its uncommitted work is repeated.
process.on('disconnect', () => process.exit(1));
if (process.env['MILLRACE_WORKER'] !== undefined && !process.connected) process.exit(1);
process.on('uncaughtException', (error) => {
  // Listeners of `Io.onFatal` were registered later and run after this one; they log the error.
  setImmediate(() => process.exit(1));
  if (process.listenerCount('uncaughtException') === 1) process.stderr.write(`millrace: ${error.message}\n`);
});

// Most of the time to start goes into loading modules; from here on signals are heard.
const { main } = await import('./main.js');
// Client libraries may leave sockets or timers behind; what the command had to finish is finished.
process.exit(await main(process.argv.slice(2), processIo()));
