import { writeFileSync } from 'node:fs';
import Table from 'cli-table3';

/** Prints a table without colours. */
export function printTable(head, rows) {
  const table = new Table({ head, style: { head: [], border: [] } });
  table.push(...rows);
  console.log(table.toString());
}

/** One line for each run while the benchmark goes on, on standard error. */
export function note(found) {
  process.stderr.write(`${JSON.stringify(found)}\n`);
}

/** Writes the result where `--json` says; nowhere without it. */
export function writeResult(file, result) {
  if (file !== undefined) writeFileSync(file, `${JSON.stringify(result, null, 2)}\n`);
}
