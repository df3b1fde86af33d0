// For `node --import`: the clock of this process goes wrong by as many milliseconds as MILLRACE_CLOCK_FILE says, at any
// time; the monotonic clock goes on, as it does where a real clock is set.
import { readFileSync } from 'node:fs';

const RealDate = Date;
let offset = 0;
const look = () => {
  try {
    offset = Number(readFileSync(process.env.MILLRACE_CLOCK_FILE, 'utf8')) || 0;
  } catch {
    offset = 0;
  }
};
look();
setInterval(look, 50).unref();

const now = () => RealDate.now() + offset;
globalThis.Date = new Proxy(RealDate, {
  construct: (target, args, newTarget) => Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget),
  apply: () => new RealDate(now()).toString(),
  get: (target, name) => (name === 'now' ? now : Reflect.get(target, name)),
});
