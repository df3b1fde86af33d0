import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { TextDecoder } from 'node:util';
import { DatasetError } from '@millrace/runner';
import { LineProblem } from './cell.js';

/** A parsed line with its place. */
export interface ParsedLine<T> {
  /** From 1. */
  readonly line: number;
  readonly value: T;
}

/** No line of a data set comes near; without a bound a file without line breaks would be read into memory whole. */
const MAX_LINE_BYTES = 64 * 1_048_576;
const NEWLINE = 0x0a;

/**
 * Reads a file of JSON Lines piece by piece; memory does not grow with the file. Blank lines and a leading byte order
 * mark are passed over. A missing file has no lines.
 *
 * @param parse makes a row of a line's JSON value, or throws LineProblem
 * @throws DatasetError for the first line that is broken; the signal's reason when it aborts
 */
export async function* readJsonLines<T>(
  folder: string,
  file: string,
  parse: (value: unknown) => T,
  signal: AbortSignal,
): AsyncGenerator<readonly ParsedLine<T>[]> {
  let line = 1;
  for await (const lines of readBlocks(folder, file, signal)) {
    const rows: ParsedLine<T>[] = [];
    for (const text of lines) {
      if (text.trim() !== '') rows.push({ line, value: parseLine(file, line, text, parse) });
      line += 1;
    }
    if (rows.length > 0) yield rows;
  }
}

function parseLine<T>(file: string, line: number, text: string, parse: (value: unknown) => T): T {
  let value: unknown;
  try {
    value = JSON.parse(line === 1 ? text.replace(/^\ufeff/, '') : text);
  } catch {
    throw new DatasetError(file, line, 'broken JSON');
  }
  try {
    return parse(value);
  } catch (error) {
    if (error instanceof LineProblem) throw new DatasetError(file, line, error.message);
    throw error;
  }
}

/** Blocks of whole lines, without their line breaks. */
async function* readBlocks(folder: string, file: string, signal: AbortSignal): AsyncGenerator<readonly string[]> {
  const path = join(folder, file);
  if (!(await isFile(path, file))) return;
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let rest: Buffer[] = [];
  let restBytes = 0;
  let first = 1;
  for await (const piece of createReadStream(path, { highWaterMark: 262_144, signal })) {
    const chunk = piece as Buffer;
    const end = chunk.lastIndexOf(NEWLINE);
    if (end === -1) {
      rest.push(chunk);
      restBytes += chunk.length;
      if (restBytes > MAX_LINE_BYTES) throw new DatasetError(file, first, 'a line of more than 64 MiB');
      continue;
    }
    const block = Buffer.concat([...rest, chunk.subarray(0, end)]);
    rest = [chunk.subarray(end + 1)];
    restBytes = chunk.length - end - 1;
    const lines = decodeBlock(decoder, block, file, first);
    first += lines.length;
    yield lines;
  }
  if (restBytes > 0) yield decodeBlock(decoder, Buffer.concat(rest), file, first);
}

function decodeBlock(decoder: TextDecoder, block: Buffer, file: string, first: number): string[] {
  try {
    return decoder.decode(block).split('\n');
  } catch {
    throw new DatasetError(file, first + firstBadLine(decoder, block), 'no valid UTF-8');
  }
}

function firstBadLine(decoder: TextDecoder, block: Buffer): number {
  let index = 0;
  for (let start = 0; start <= block.length; index += 1) {
    const newline = block.indexOf(NEWLINE, start);
    const end = newline === -1 ? block.length : newline;
    try {
      decoder.decode(block.subarray(start, end));
    } catch {
      return index;
    }
    start = end + 1;
  }
  return 0;
}

async function isFile(path: string, file: string): Promise<boolean> {
  try {
    if ((await stat(path)).isFile()) return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw new DatasetError(file, undefined, `cannot be read (${(error as NodeJS.ErrnoException).code ?? 'error'})`);
  }
  throw new DatasetError(file, undefined, 'is not a file');
}
