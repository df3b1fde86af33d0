import { basename, dirname, resolve } from 'node:path';
import { statSync } from 'node:fs';
import { DatasetError, UsageError } from '@millrace/runner';
import { isObject, LineProblem, wrongType } from '../../dataset/cell.js';
import { readJsonLines } from '../../dataset/json-lines.js';
import type { EnrolmentKey } from '../../domain/model.js';
import { problemOfId } from '../../domain/parse.js';

/**
 * The enrolments of a file of JSON Lines, `{"userId","courseId","batchId"}` each; further fields are ignored. Memory does
 * not grow with the file.
 *
 * @param path as the user gave it, meant from `cwd`
 * @throws UsageError with file, line and reason
 */
export async function* enrolmentsIn(
  path: string,
  cwd: string,
  signal: AbortSignal,
): AsyncGenerator<readonly EnrolmentKey[]> {
  const absolute = resolve(cwd, path);
  if (!isFile(absolute)) throw new UsageError(`--file ${path}: no such file`);
  try {
    for await (const rows of readJsonLines(dirname(absolute), basename(absolute), enrolmentOf, signal)) {
      yield rows.map(({ value }) => value);
    }
  } catch (error) {
    if (!(error instanceof DatasetError)) throw error;
    const where = error.line === undefined ? path : `${path}, line ${String(error.line)}`;
    throw new UsageError(`--file ${where}: ${error.reason}`, error);
  }
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

/** @throws LineProblem */
function enrolmentOf(value: unknown): EnrolmentKey {
  if (!isObject(value)) throw wrongType('a line', 'an object', value);
  const { userId, courseId, batchId } = value;
  for (const [name, id] of Object.entries({ userId, courseId, batchId })) {
    const problem = problemOfId(id);
    if (problem !== undefined) throw new LineProblem(`${name} ${problem}`);
  }
  return { userId, courseId, batchId } as EnrolmentKey;
}
