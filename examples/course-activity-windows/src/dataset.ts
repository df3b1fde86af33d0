import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { ProducerRecord } from '@millrace/core';
import { DatasetError } from '@millrace/runner';
import type { DatasetCommands } from '@millrace/runner';
import type { Variables } from './config.js';
import { openOrigin, openTarget } from './dataset-places.js';

/** Records appended at once. */
const BATCH = 1_000;

/** `load`: `events.jsonl` of a data set into the input topic; `dump`: both tables and both output topics as files. */
export const datasetCommands: DatasetCommands<Variables> = {
  async load(context, { dataset, signal, progress }) {
    const file = join(resolve(dataset), 'events.jsonl');
    const records = (await readFile(file, 'utf8')).split('\n').flatMap((line, index) => {
      return line.trim() === '' ? [] : [parseLine(line, file, index + 1)];
    });
    const target = await openTarget(context, signal);
    try {
      for (let from = 0; from < records.length; from += BATCH) {
        signal.throwIfAborted();
        await target.append(records.slice(from, from + BATCH));
        progress(Math.min(from + BATCH, records.length), records.length, 'events');
      }
    } finally {
      await target.close();
    }
    return { counts: { 'events.jsonl': records.length } };
  },

  async dump(context, { out, signal }) {
    const origin = await openOrigin(context, signal);
    try {
      const files = await origin.files();
      await mkdir(out, { recursive: true });
      for (const [name, rows] of Object.entries(files)) {
        await writeFile(join(out, `${name}.jsonl`), rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
      }
      return { counts: Object.fromEntries(Object.entries(files).map(([name, rows]) => [name, rows.length])) };
    } finally {
      await origin.close();
    }
  },
};

function parseLine(line: string, file: string, number: number): ProducerRecord {
  const wrong = (what: string): DatasetError => new DatasetError(file, number, what);
  let row: unknown;
  try {
    row = JSON.parse(line);
  } catch {
    throw wrong('no JSON');
  }
  if (typeof row !== 'object' || row === null)
    throw wrong('a JSON object with value, and if need be key and timestamp');
  const { key = null, value, timestamp } = row as Readonly<Record<string, unknown>>;
  if (typeof value !== 'string') throw wrong('value must be a text');
  if (key !== null && typeof key !== 'string') throw wrong('key must be a text');
  if (timestamp !== undefined && (typeof timestamp !== 'number' || !Number.isSafeInteger(timestamp) || timestamp < 0)) {
    throw wrong('timestamp must be milliseconds since 1970');
  }
  return { key, value, ...(timestamp === undefined ? {} : { timestamp }) };
}
