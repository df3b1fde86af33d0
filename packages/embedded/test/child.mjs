// A process of its own for the tests: opens the built store and says on standard output what happens.
// usage: node child.mjs open|write|open-and-close DIR
import { EmbeddedStore } from '../dist/index.js';

const [command, directory] = process.argv.slice(2);
const say = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);

let store;
try {
  store = await EmbeddedStore.open(directory);
} catch (error) {
  say({ event: 'refused', code: error.code, message: error.message });
  process.exit(2);
}
say({ event: 'open', pid: process.pid });

if (command === 'open-and-close') {
  await store.close();
} else if (command === 'open') {
  setInterval(() => undefined, 1000);
} else {
  await store.log.createTopic('log', 2);
  const rows = store.table('rows', { key: ['id'], columns: { n: 'int' } });
  for (let n = rows.get(['last'])?.get('n') ?? 0; ; n += 1) {
    const timestamp = BigInt(n) + 1n;
    await Promise.all([
      store.log.append('log', [{ key: `key-${n}`, value: String(n) }]),
      rows.write([
        { key: [`row-${n}`], timestamp, set: { n } },
        { key: ['last'], timestamp, set: { n: n + 1 } },
      ]),
    ]);
    say({ event: 'acknowledged', n });
  }
}
