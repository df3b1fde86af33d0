import { stat } from 'node:fs/promises';
import type { Progress } from '@millrace/runner';
import { DatasetError } from '@millrace/runner';
import { readJsonLines } from './json-lines.js';
import type { CollectionLine, KeyBounds, RelationLine, RequestLine } from './lines.js';
import { parseCollectionLine, parseRelationLine, parseRequestLine, parseTableLine } from './lines.js';
import type { TableRow, TableSchema } from './table-schema.js';

export const RELATIONS_FILE = 'relations.jsonl';
export const COLLECTIONS_FILE = 'collections.jsonl';
export const REQUESTS_FILE = 'requests.jsonl';

/** Set keys are `<root>:<id>:leafnodes`; the embedded store takes two ids of 256 bytes and the rest. */
const EMBEDDED_RELATION_KEY_BYTES = 600;

/** What a data set holds, as found by reading all of it once. */
export interface DatasetFacts {
  readonly total: number;
  /** Lines by file, in the order of loading. */
  readonly lines: ReadonlyMap<string, number>;
  /** Columns that lines name, keys included, for every table. */
  readonly columns: ReadonlyMap<TableSchema, ReadonlySet<string>>;
  /** The highest partition that a request names, with its line. */
  readonly highestPartition: { readonly partition: number; readonly line: number } | undefined;
  /** Oldest timestamp of a request, milliseconds since 1970 UTC; undefined where none has one. */
  readonly oldestRequest: number | undefined;
}

/** What makes a row of a line's JSON value, or throws LineProblem. */
export interface DatasetParsers {
  readonly table: readonly { readonly schema: TableSchema; readonly parse: (value: unknown) => TableRow }[];
  readonly relation: (value: unknown) => RelationLine;
  readonly collection: (value: unknown) => CollectionLine;
  readonly request: (value: unknown) => RequestLine;
}

/**
 * How each file's lines are parsed; the same for the check and for the load.
 *
 * @param tables in the order in which they are loaded
 */
export function datasetParsers(
  tables: readonly TableSchema[],
  bounds: KeyBounds | undefined,
  now: number,
): DatasetParsers {
  const relationKeyBytes = bounds === undefined ? undefined : EMBEDDED_RELATION_KEY_BYTES;
  return {
    table: tables.map((schema) => ({
      schema,
      parse: (value: unknown) => parseTableLine(schema, value, bounds),
    })),
    relation: (value: unknown) => parseRelationLine(value, relationKeyBytes),
    collection: (value: unknown) => parseCollectionLine(value, bounds),
    request: (value: unknown) => parseRequestLine(value, now, bounds),
  };
}

/**
 * Reads every line of every file and checks it, before anything is written.
 *
 * @throws DatasetError naming file, line and reason
 */
export async function checkDataset(
  folder: string,
  parsers: DatasetParsers,
  signal: AbortSignal,
  progress: Progress,
): Promise<DatasetFacts> {
  await checkFolder(folder);
  const lines = new Map<string, number>();
  let total = 0;
  const count = async <T>(
    file: string,
    parse: (value: unknown) => T,
    see: (value: T, line: number) => void = () => {},
  ): Promise<void> => {
    let found = 0;
    for await (const rows of readJsonLines(folder, file, parse, signal)) {
      for (const row of rows) see(row.value, row.line);
      found += rows.length;
      total += rows.length;
      progress(total, undefined, 'lines checked');
    }
    lines.set(file, found);
  };
  const columns = new Map<TableSchema, Set<string>>();
  for (const { schema, parse } of parsers.table) {
    const named = new Set(schema.key);
    columns.set(schema, named);
    await count(schema.file, parse, (row) => {
      for (const column of row.columns.keys()) named.add(column);
    });
  }
  await count(RELATIONS_FILE, parsers.relation);
  await count(COLLECTIONS_FILE, parsers.collection);
  let highestPartition: DatasetFacts['highestPartition'];
  let oldestRequest: number | undefined;
  await count(REQUESTS_FILE, parsers.request, ({ partition, timestamp }, line) => {
    if (partition !== undefined && partition > (highestPartition?.partition ?? -1)) {
      highestPartition = { partition, line };
    }
    if (timestamp !== undefined) oldestRequest = Math.min(oldestRequest ?? timestamp, timestamp);
  });
  return { total, lines, columns, highestPartition, oldestRequest };
}

async function checkFolder(folder: string): Promise<void> {
  try {
    if ((await stat(folder)).isDirectory()) return;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new DatasetError(folder, undefined, 'no such folder');
  }
  throw new DatasetError(folder, undefined, 'is not a folder');
}
