import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { messageOf } from '@millrace/core';
import { ConfigError } from '../errors.js';
import { HoconSyntaxError } from './hocon/errors.js';
import { readHocon } from './hocon/read-hocon.js';
import type { LevelInput } from './level.js';
import type { RawValue } from './parse-value.js';

/**
 * Reads a configuration file: JSON where its name ends in `.json`, else HOCON.
 *
 * @param path relative paths are resolved against `cwd`
 * @throws ConfigError, one line with the file, the line where it is known, and the reason
 */
export async function readConfigFile(path: string, cwd: string): Promise<LevelInput> {
  const file = resolve(cwd, path);
  const tree = await readTree(file, path);
  const entries: { key: string; written: string; raw: RawValue }[] = [];
  flatten(tree, [], (key, raw) => entries.push({ key, written: `${key} in ${path}`, raw }));
  return { origin: 'file', entries };
}

async function readTree(file: string, shown: string): Promise<unknown> {
  const fail = (reason: string, cause: unknown): ConfigError =>
    new ConfigError([`the configuration file ${shown} cannot be read: ${reason}`], cause);
  try {
    if (!statSync(file).isFile()) throw new HoconSyntaxError(file, undefined, 'it is not a file');
    if (file.toLowerCase().endsWith('.json')) return readJson(file);
    return await readHocon(file);
  } catch (error) {
    if (error instanceof HoconSyntaxError) {
      const line = error.line === undefined ? '' : `line ${String(error.line)}: `;
      const where =
        error.file === undefined || error.file === file ? line : `in ${error.file}, which it includes, ${line}`;
      throw fail(`${where}${error.reason}`, error);
    }
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw fail('it does not exist', error);
    throw fail(messageOf(error).split('\n')[0] ?? '', error);
  }
}

function readJson(file: string): unknown {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_ENCODING_INVALID_ENCODED_DATA') {
      throw new HoconSyntaxError(file, undefined, 'it is not UTF-8');
    }
    throw error;
  }
  let tree: unknown;
  try {
    tree = JSON.parse(text);
  } catch (error) {
    // The engine's message quotes the text around the place, which can be a password; the place is enough.
    const position = /position (\d+)/.exec(messageOf(error))?.[1];
    const line = position === undefined ? undefined : text.slice(0, Number(position)).split('\n').length;
    throw new HoconSyntaxError(file, line, 'it is not JSON');
  }
  if (typeof tree !== 'object' || tree === null || Array.isArray(tree)) {
    throw new HoconSyntaxError(file, undefined, 'it is not a JSON object');
  }
  return tree;
}

/** Leaves of the tree under their dotted names, in file order. A null means: not set here. */
function flatten(node: unknown, path: readonly string[], emit: (key: string, raw: RawValue) => void): void {
  if (node === null || node === undefined) return;
  if (Array.isArray(node)) emit(path.join('.'), node.map(asText));
  else if (typeof node === 'object') {
    for (const [key, child] of Object.entries(node)) flatten(child, [...path, key], emit);
  } else emit(path.join('.'), asText(node));
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
