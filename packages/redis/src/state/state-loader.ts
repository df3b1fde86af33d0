import type { TaskSnapshot } from '@millrace/core';
import { RedisStateDamagedError } from '../errors.js';
import { LoadedEntries } from './loaded-entries.js';
import type { StateConnection } from './state-connection.js';
import { applyChanges } from './state-delta.js';
import type { StateKeys } from './state-keys.js';

/** Entries asked for in one step of a scan. */
const SCAN_COUNT = '1000';
/** How often a state that changes while it is read is read again, before Redis is asked for all of it at once. */
const QUIET_ATTEMPTS = 3;

export interface LoadedState {
  readonly snapshot: TaskSnapshot;
  readonly entries: LoadedEntries;
}

/** All entries, page by page. They must not change meanwhile. @throws RedisStateDamagedError where some are missing */
export async function loadEntries(connection: StateConnection, keys: StateKeys): Promise<LoadedEntries> {
  const entries = await scanEntries(connection, keys.entries);
  const size = (await connection.call('HGET', keys.meta, ['size'])) as Buffer | null;
  checkSize(keys, size, entries);
  return entries;
}

/** The state as it is at one moment, of an owner who may be writing; undefined where nothing was written. */
export async function loadMoment(connection: StateConnection, keys: StateKeys): Promise<LoadedState | undefined> {
  const where = async (): Promise<string> => {
    const answers = await connection.together([
      ['HMGET', keys.meta, 'owner', 'sequence', 'pending'],
      ['LLEN', keys.stage],
    ]);
    return String(answers);
  };
  for (let attempt = 0; attempt < QUIET_ATTEMPTS; attempt += 1) {
    const before = await where();
    const found = (await connection.call('HMGET', keys.meta, FOUND)) as Answers;
    const entries = await scanEntries(connection, keys.entries);
    const staged = (await connection.call('LRANGE', keys.stage, ['0', '-1'])) as Buffer[];
    if (before === (await where())) return combine(keys, found, entries, staged);
  }
  const [found, fields, staged] = (await connection.together([
    ['HMGET', keys.meta, ...FOUND],
    ['HGETALL', keys.entries],
    ['LRANGE', keys.stage, '0', '-1'],
  ])) as [Answers, Buffer[], Buffer[]];
  const entries = new LoadedEntries();
  putAll(entries, fields);
  return combine(keys, found, entries, staged);
}

/** Undefined where nothing was written. @throws RedisStateDamagedError */
export function decodeSnapshot(
  keys: StateKeys,
  positions: Buffer | null | undefined,
  meta: Buffer | null | undefined,
): TaskSnapshot | undefined {
  if (!positions || !meta) return undefined;
  try {
    return { positions: new Map(JSON.parse(positions.toString()) as [string, number][]), meta: meta.toString() };
  } catch {
    throw new RedisStateDamagedError(keys.meta, 'its positions are no JSON list of pairs');
  }
}

const FOUND = ['positions', 'meta', 'pending', 'size'];
type Answers = readonly (Buffer | null)[];

function combine(
  keys: StateKeys,
  [positions, meta, pending, size]: Answers,
  entries: LoadedEntries,
  staged: readonly Buffer[],
): LoadedState | undefined {
  const snapshot = decodeSnapshot(keys, positions, meta);
  if (snapshot === undefined) return undefined;
  if (pending) applyChanges(staged, entries);
  else checkSize(keys, size, entries);
  return { snapshot, entries };
}

function checkSize(keys: StateKeys, size: Buffer | null | undefined, entries: LoadedEntries): void {
  const expected = Number(size?.toString() ?? 0);
  if (entries.size === expected) return;
  throw new RedisStateDamagedError(
    keys.entries,
    `it has ${String(entries.size)} entries, the last checkpoint left ${String(expected)}`,
  );
}

async function scanEntries(connection: StateConnection, key: string): Promise<LoadedEntries> {
  const entries = new LoadedEntries();
  let cursor = '0';
  do {
    const [next, fields] = (await connection.call('HSCAN', key, [cursor, 'COUNT', SCAN_COUNT])) as [Buffer, Buffer[]];
    putAll(entries, fields);
    cursor = next.toString();
  } while (cursor !== '0');
  return entries;
}

/** A scan may give an entry twice. */
function putAll(entries: LoadedEntries, fields: readonly Buffer[]): void {
  for (let index = 0; index + 1 < fields.length; index += 2) {
    entries.put(fields[index]!.toString('latin1'), fields[index + 1]!);
  }
}
