// Preloaded into a measured process: at its end writes what the operating system counted for it.
import { readFileSync, writeFileSync } from 'node:fs';

const file = process.env.BENCH_PROBE;
if (file !== undefined) {
  process.on('exit', () => {
    const { userCPUTime, systemCPUTime } = process.resourceUsage();
    const status = readFileSync('/proc/self/status', 'utf8');
    const kilobytes = (name) => Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1] ?? 0);
    writeFileSync(
      file,
      JSON.stringify({
        cpuSeconds: (userCPUTime + systemCPUTime) / 1e6,
        // VmHWM counts pages of mapped files too; RssAnon is what the process itself holds.
        peakMegabytes: kilobytes('VmHWM') / 1024,
        anonymousMegabytes: kilobytes('RssAnon') / 1024,
      }),
    );
  });
}
