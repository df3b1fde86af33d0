import { createRequire } from 'node:module';
import { counted, isSync, parse, userOf } from './workload.mjs';

const { open } = createRequire(new URL('../../packages/embedded/package.json', import.meta.url))('lmdb');
const INTERVAL_MS = 1_000;

/** The state in a map; each second what has changed and the position go to LMDB, in one transaction. */
export function createLoop(folder) {
  const database = open({ path: folder, encoding: 'json' });
  const states = new Map();
  const changed = new Set();
  let last = performance.now();
  return {
    process(message, out) {
      const event = parse(message);
      if (!isSync(event)) return;
      const user = userOf(event);
      const now = { count: (states.get(user)?.count ?? 0) + 1, ets: event.ets };
      states.set(user, now);
      changed.add(user);
      out.push(counted(user, now));
    },
    async written(position, isEnd) {
      if (performance.now() - last < INTERVAL_MS && !isEnd) return;
      last = performance.now();
      await database.transaction(() => {
        for (const user of changed) void database.put(user, states.get(user));
        void database.put('position', position);
      });
      changed.clear();
    },
    close: () => database.close(),
  };
}
