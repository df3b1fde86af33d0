// For `node --import`: ends its own process with SIGKILL, or throws, at the place that MILLRACE_FAIL_POINT names.
import { writeSync } from 'node:fs';
import { onFailPoint } from '@millrace/core/testing';
import { parseFailPoint } from './parse-fail-point.js';

const text = process.env.MILLRACE_FAIL_POINT;
if (text !== undefined && text !== '') {
  const armed = parseFailPoint(text);
  let times = 0;
  onFailPoint((name) => {
    if (name !== armed.name) return;
    times += 1;
    if (times !== armed.at) return;
    // Synchronous, so that it is out before the end.
    writeSync(2, `fail point ${text} reached in process ${process.pid}\n`);
    if (armed.action === 'kill') process.kill(process.pid, 'SIGKILL');
    else throw new Error(`fail point ${name}`);
  });
}
