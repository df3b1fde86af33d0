import { isSync, parse, small } from './workload.mjs';

export function createLoop() {
  return {
    process(message, out) {
      const event = parse(message);
      if (isSync(event)) out.push(small(event));
    },
  };
}
