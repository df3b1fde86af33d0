// Ends servers and removes their data when the process that started them is gone, however it ended.
//
// It lives outside that process and reads JSON lines from its standard input: {dir, pid, started} when a server starts
// on a folder (pid null: it is down and may come back), {dir, gone: true} when server and folder were removed properly.
// End of input means that the owner is gone (a SIGKILL closes the pipe too): whatever is still listed is removed, and
// its process killed if the pid is still the same process.
import { readFileSync, rmSync } from 'node:fs';
import { createInterface } from 'node:readline';

const servers = new Map();

createInterface({ input: process.stdin })
  .on('line', (line) => {
    const message = JSON.parse(line);
    if (message.gone) servers.delete(message.dir);
    else servers.set(message.dir, message);
  })
  .on('close', () => {
    for (const { pid, started } of servers.values()) {
      if (pid === null || (started !== null && startTime(pid) !== started)) continue;
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // Already gone.
      }
    }
    // The killed servers may still be writing their last blocks.
    for (const dir of servers.keys()) rmSync(dir, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  });

// The owner's terminal sends these to the whole session; the end of input is what counts.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {});

function startTime(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    return null;
  }
}
