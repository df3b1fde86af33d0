// Ends servers and removes their data when the process that started them is gone, however it ended.
//
// It lives outside that process and reads JSON lines from its standard input: {"add":{pid,started,dir}} when a server
// starts, {"drop":pid} when it was ended properly. End of input means that the owner is gone (a SIGKILL closes the pipe
// too): whatever is still listed is killed, if the pid is still the same process.
import { readFileSync, rmSync } from 'node:fs';
import { createInterface } from 'node:readline';

const servers = new Map();

createInterface({ input: process.stdin })
  .on('line', (line) => {
    const message = JSON.parse(line);
    if (message.add) servers.set(message.add.pid, message.add);
    else servers.delete(message.drop);
  })
  .on('close', () => {
    for (const { pid, started } of servers.values()) {
      if (started !== null && startTime(pid) !== started) continue;
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // Already gone.
      }
    }
    for (const { dir } of servers.values()) {
      // The killed servers may still be writing their last blocks.
      if (dir) rmSync(dir, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
    }
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
