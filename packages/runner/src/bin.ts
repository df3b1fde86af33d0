import { messageOf } from '@millrace/core';
import { main } from './main.js';
import { processIo } from './process-io.js';

// `millrace describe ... | head` closes the pipe early; that is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
process.stderr.on('error', () => process.exit(1));
// A worker does not outlive the process that forked it: nobody would stop it. Its uncommitted work is repeated.
process.on('disconnect', () => process.exit(1));
if (process.env['MILLRACE_WORKER'] !== undefined && !process.connected) process.exit(1);
process.on('uncaughtException', (error) => {
  // Listeners of `Io.onFatal` were registered later and run after this one; they log the error.
  setImmediate(() => process.exit(1));
  if (process.listenerCount('uncaughtException') === 1) process.stderr.write(`millrace: ${messageOf(error)}\n`);
});

// Client libraries may leave sockets or timers behind; what the command had to finish is finished.
process.exit(await main(process.argv.slice(2), processIo()));
