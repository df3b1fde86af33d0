import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ConsumerRecord } from '@millrace/core';
import type { CommandReport, Progress } from '@millrace/runner';
import { ExternalSort } from './external-sort.js';
import type { DatasetOrigin } from './ports.js';
import { recordLine } from './record-line.js';
import { rowLine } from './row-line.js';
import { numberKey, sortKey } from './sort-key.js';
import type { TableSchema } from './table-schema.js';

/** Tables by the name of the file that they are dumped to. */
export type DumpedTables = readonly (readonly [name: string, table: TableSchema])[];
/** By the name of a topic's file: whether a record is the job's own. */
export type OwnRecords = Readonly<Record<string, (record: ConsumerRecord) => boolean>>;

export interface DumpDatasetOptions {
  /** Folder; made where it is missing, files in it are replaced. */
  readonly out: string;
  /** Dumped by the name of their file. */
  readonly tables: DumpedTables;
  /** Output topics by the name of their file. */
  readonly topics: Readonly<Record<string, string>>;
  /** Of a topic that others write to as well: the records that are the job's own. @default all */
  readonly own?: OwnRecords;
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

/** Writes the result tables, sorted by primary key, and the records of the output topics. */
export async function dumpDataset(origin: DatasetOrigin, options: DumpDatasetOptions): Promise<CommandReport> {
  const { out, topics, signal } = options;
  await mkdir(out, { recursive: true });
  const counts: Record<string, number> = {};
  const notes: string[] = [];
  let read = 0;
  const write = async (name: string, fill: (sort: ExternalSort) => Promise<void>): Promise<void> => {
    const sort = new ExternalSort(out);
    try {
      await fill(sort);
      counts[name] = await writeLines(join(out, `${name}.jsonl`), sort.sorted(), signal);
    } finally {
      await sort.close();
    }
  };
  const saw = (rows: number): void => {
    signal.throwIfAborted();
    read += rows;
    options.progress(read, undefined, 'rows and records read');
  };
  for (const [name, table] of options.tables) {
    await write(name, async (sort) => {
      for await (const rows of origin.scan(table)) {
        saw(rows.length);
        for (const row of rows) await sort.add(sortKey(row.key), rowLine(table, row));
      }
    });
  }
  for (const [name, topic] of Object.entries(topics)) {
    const wanted = options.own?.[name] ?? all;
    await write(name, async (sort) => {
      const records = await origin.records(topic);
      if (records === undefined) {
        notes.push(`topic ${topic} does not exist; ${name}.jsonl is empty`);
        return;
      }
      for await (const batch of records) {
        saw(batch.length);
        for (const record of batch) {
          if (wanted(record)) await sort.add(numberKey(record.partition, record.offset), recordLine(record));
        }
      }
    });
  }
  return { counts, notes };
}

function all(_record: ConsumerRecord): boolean {
  return true;
}

async function writeLines(path: string, lines: AsyncIterable<string>, signal: AbortSignal): Promise<number> {
  let count = 0;
  const blocks = async function* (): AsyncGenerator<string> {
    let block = '';
    for await (const line of lines) {
      count += 1;
      block += `${line}\n`;
      if (block.length >= 65_536) {
        yield block;
        block = '';
      }
    }
    yield block;
  };
  await pipeline(Readable.from(blocks(), { objectMode: false }), createWriteStream(path), { signal });
  return count;
}
