// Fills what the README has from the code: the graph's picture and the table of configuration.
//   node tools/generate-docs.mjs           writes README.md
//   node tools/generate-docs.mjs --check   exit code 1 where it is not up to date
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import job from '@millrace/reconciliation';
import { withConfigTable } from '@millrace/runner';
import { root } from './workspace.mjs';

const file = join(root, 'README.md');
const cli = join(root, 'packages', 'runner', 'bin', 'millrace.mjs');
const before = readFileSync(file, 'utf8');
const graph = execFileSync(process.execPath, [cli, 'describe', 'reconciliation', '--format', 'mermaid'], {
  encoding: 'utf8',
});
const after = withConfigTable(withBlock(before, 'graph', `\`\`\`mermaid\n${graph.trimEnd()}\n\`\`\``), job.variables);

if (process.argv.includes('--check')) {
  if (after !== before) {
    console.error('README.md is not up to date: run node tools/generate-docs.mjs');
    process.exitCode = 1;
  }
} else {
  writeFileSync(file, after);
}

function withBlock(document, name, content) {
  const begin = `<!-- ${name}: begin -->`;
  const end = `<!-- ${name}: end -->`;
  const [from, to] = [document.indexOf(begin), document.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`README.md has no block ${name}`);
  return `${document.slice(0, from + begin.length)}\n${content}\n${document.slice(to)}`;
}
