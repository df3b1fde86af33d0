// npm run bench -- NAME [options]: runs one benchmark of this folder. Prints a table, and JSON with --json FILE.
import { readdirSync } from 'node:fs';

const benchmarks = readdirSync(new URL('.', import.meta.url))
  .filter((name) => name.endsWith('.bench.mjs'))
  .map((name) => name.replace('.bench.mjs', ''));
const [name, ...args] = process.argv.slice(2);

if (name === undefined || !benchmarks.includes(name)) {
  console.error(`npm run bench -- NAME [options]; NAME is one of: ${benchmarks.join(', ')}`);
  process.exitCode = 2;
} else {
  const { main } = await import(new URL(`${name}.bench.mjs`, import.meta.url).href);
  await main(args);
}
