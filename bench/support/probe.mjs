// Preloaded into a measured process: at its end writes what the operating system counted for it.
import { writeFileSync } from 'node:fs';
import { memoryOf } from './process-status.mjs';

const file = process.env.BENCH_PROBE;
if (file !== undefined) {
  process.on('exit', () => {
    const { userCPUTime, systemCPUTime } = process.resourceUsage();
    const { peakMegabytes, anonymousMegabytes } = memoryOf();
    writeFileSync(
      file,
      JSON.stringify({ cpuSeconds: (userCPUTime + systemCPUTime) / 1e6, peakMegabytes, anonymousMegabytes }),
    );
  });
}
