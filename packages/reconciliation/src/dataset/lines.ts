import { isObject, keyText, LineProblem, parseCell, text, wrongType } from './cell.js';
import type { CellValue, TableRow, TableSchema } from './table-schema.js';

/** Bounds of the store that is loaded; undefined where there are none worth checking before. */
export interface KeyBounds {
  /** Bytes of UTF-8 of one key column. */
  readonly columnBytes: number;
  /** The same for `context_id`, which is `cb:` and a batch id. */
  readonly contextBytes: number;
  /** Bytes of a request's key and value together. */
  readonly requestBytes: number;
}

/** Bounds of the embedded store; its log takes records of 8 MiB, of which some bytes are its own. */
export const embeddedKeyBounds: KeyBounds = {
  columnBytes: 256,
  contextBytes: 300,
  requestBytes: 8 * 1_048_576 - 1_024,
};

/** One set of the relation cache; no members: the set is deleted. */
export interface RelationLine {
  readonly key: string;
  readonly members: readonly string[];
}

/** What the search service knows of a collection. */
export interface CollectionLine {
  readonly identifier: string;
  readonly status: string;
}

/** A record for the input topic. */
export interface RequestLine {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  /** Milliseconds since 1970 UTC; undefined: now. */
  readonly timestamp: number | undefined;
  /** Undefined: where Kafka's default partitioner puts the key. */
  readonly partition: number | undefined;
}

/** Kafka has no topic with more partitions than this in practice; a typing error should not create a million. */
const MAX_PARTITION = 9_999;
const HOUR_MS = 3_600_000;

/** @throws LineProblem */
export function parseTableLine(schema: TableSchema, value: unknown, bounds: KeyBounds | undefined): TableRow {
  const line = objectOf(value);
  const key = schema.key.map((column) =>
    keyText(column, line[column], column === 'context_id' ? bounds?.contextBytes : bounds?.columnBytes),
  );
  const columns = new Map<string, CellValue>();
  for (const [column, cell] of Object.entries(line)) {
    if (schema.key.includes(column)) continue;
    const type = schema.columns.get(column);
    if (type === undefined) throw new LineProblem(`${schema.name} has no column ${JSON.stringify(column)}`);
    columns.set(column, parseCell(column, type, cell));
  }
  return { key, columns };
}

/** @throws LineProblem */
export function parseRelationLine(value: unknown, maxKeyBytes: number | undefined): RelationLine {
  const line = objectOf(value);
  const key = keyText('key', line['key'], maxKeyBytes);
  const members = line['members'];
  if (members === undefined) throw new LineProblem('members is missing');
  if (!Array.isArray(members)) throw wrongType('members', 'an array of texts', members);
  return { key, members: members.map((member, index) => text(`members[${String(index)}]`, member)) };
}

/** @throws LineProblem */
export function parseCollectionLine(value: unknown, bounds: KeyBounds | undefined): CollectionLine {
  const line = objectOf(value);
  const identifier = keyText('identifier', line['identifier'], bounds?.columnBytes);
  if (line['status'] === undefined) throw new LineProblem('status is missing');
  return { identifier, status: text('status', line['status']) };
}

/**
 * Fields of a dumped record that a request does not have (`topic`, `offset`, `headers`) are ignored, so that a dumped
 * topic can be loaded again.
 *
 * @param now milliseconds since 1970 UTC
 * @throws LineProblem
 */
export function parseRequestLine(value: unknown, now: number, bounds: KeyBounds | undefined): RequestLine {
  const line = objectOf(value);
  const key = bytesOf('key', line['key'], line['keyBase64']);
  const content = bytesOf('value', line['value'], line['valueBase64']);
  const size = (key?.length ?? 0) + (content?.length ?? 0);
  if (bounds !== undefined && size > bounds.requestBytes) {
    throw new LineProblem(
      `key and value have ${String(size)} bytes, the embedded store takes at most ${String(bounds.requestBytes)}`,
    );
  }
  return {
    key,
    value: content,
    timestamp: timestampOf(line['timestamp'], now),
    partition: partitionOf(line['partition']),
  };
}

function objectOf(value: unknown): Record<string, unknown> {
  if (!isObject(value)) throw wrongType('a line', 'an object', value);
  return value;
}

function bytesOf(name: string, plain: unknown, base64: unknown): Buffer | null {
  if (base64 !== undefined && base64 !== null) {
    if (plain !== undefined && plain !== null) throw new LineProblem(`${name} and ${name}Base64 exclude each other`);
    if (typeof base64 !== 'string') throw wrongType(`${name}Base64`, 'a text', base64);
    const bytes = Buffer.from(base64, 'base64');
    // Buffer skips what is not base64; the way back shows it.
    if (bytes.toString('base64') !== base64) throw new LineProblem(`${name}Base64 is not valid base64`);
    return bytes;
  }
  if (plain === undefined || plain === null) return null;
  if (typeof plain !== 'string') throw wrongType(name, 'a text', plain);
  return Buffer.from(plain, 'utf8');
}

function timestampOf(value: unknown, now: number): number | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'number') throw wrongType('timestamp', 'a number', value);
  if (!Number.isInteger(value) || value < 0) {
    throw new LineProblem(`timestamp must be a whole number of milliseconds from 0, not ${String(value)}`);
  }
  if (value > now + HOUR_MS) throw new LineProblem(`timestamp ${String(value)} is over an hour ahead`);
  return value;
}

function partitionOf(value: unknown): number | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'number') throw wrongType('partition', 'a number', value);
  if (!Number.isInteger(value) || value < 0 || value > MAX_PARTITION) {
    throw new LineProblem(`partition must be a whole number from 0 to ${String(MAX_PARTITION)}, not ${String(value)}`);
  }
  return value;
}
