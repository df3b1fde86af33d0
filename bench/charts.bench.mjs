// Draws the results that are kept as SVG beside docs/performance.md.
//   npm run bench -- charts [--version 0.1.0] [--results FOLDER] [--out FOLDER]
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { pictures } from './charts/pictures.mjs';

const path = (relative) => new URL(relative, import.meta.url).pathname;

export async function main(args) {
  const { values } = parseArgs({
    args,
    options: {
      version: { type: 'string', default: '0.1.0' },
      results: { type: 'string', default: path('results') },
      out: { type: 'string', default: path('../docs/performance') },
    },
  });
  const ending = `-${values.version}.json`;
  const results = {};
  for (const file of readdirSync(values.results)) {
    if (!file.endsWith(ending)) continue;
    results[file.slice(0, -ending.length)] = JSON.parse(readFileSync(join(values.results, file), 'utf8'));
  }
  mkdirSync(values.out, { recursive: true });
  for (const [name, svg] of Object.entries(pictures(results))) {
    writeFileSync(join(values.out, name), svg);
    console.log(join(values.out, name));
  }
}
