import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { LineFile } from './line-file.js';

/**
 * Writes a data set that fits into memory.
 *
 * @param out folder; made where it is missing
 * @param files rows by the name of their file, without `.jsonl`
 */
export async function writeDataset(out: string, files: Readonly<Record<string, readonly object[]>>): Promise<void> {
  await mkdir(out, { recursive: true });
  for (const [name, rows] of Object.entries(files)) {
    const file = new LineFile(join(out, `${name}.jsonl`));
    for (const row of rows) await file.add(row);
    await file.close();
  }
}
