import { open, readdir, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Logger } from '../../logger.js';
import { identityOf, RotationRecord } from './rotation-record.js';
import type { Incarnation } from './rotation-record.js';

/** A file of the succession, and the position of its first byte. */
export interface Found {
  readonly path: string;
  readonly start: number;
}

interface Candidate {
  readonly path: string;
  readonly ino: number;
  readonly size: number;
  readonly changedAt: number;
  readonly identity: Omit<Incarnation, 'start'> | undefined;
}

/**
 * The files that had one path one after another, as far as they are still in its folder under a name that begins with
 * its name (`x.log.1`, `x.log-20260101`; packed ones cannot be read and are left out).
 */
export class FileSuccession {
  readonly #path: string;
  readonly #recordPath: string;
  readonly #record: RotationRecord;
  readonly #logger: Logger;
  #loaded: Promise<void> | undefined;

  constructor(path: string, recordPath: string, logger: Logger) {
    this.#path = path;
    this.#recordPath = recordPath;
    this.#record = new RotationRecord(recordPath);
    this.#logger = logger;
  }

  /** The file that holds `position`; undefined while there is none. */
  async at(position: number): Promise<Found | undefined> {
    await (this.#loaded ??= this.#record.load());
    const candidates = await this.#candidates();
    const known = this.#record.at(position);
    if (known === undefined) return await this.#live(candidates, position);
    const found = candidates.find(({ identity }) => isSame(identity, known));
    if (found !== undefined && found.size >= position - known.start) return { path: found.path, start: known.start };
    const what = found === undefined ? 'is gone' : 'was cut off';
    this.#logger.error(
      { path: this.#path, position },
      `the file that was being read ${what}: what was not read of it is lost, going on behind it`,
    );
    return await this.after(known.start, position);
  }

  /** The file behind the one that begins at `start` and ends at `end`; undefined while there is none. */
  async after(start: number, end: number): Promise<Found | undefined> {
    const candidates = await this.#candidates();
    for (let next = this.#record.after(start); next !== undefined; next = this.#record.after(next.start)) {
      const known = next;
      const found = candidates.find(({ identity }) => isSame(identity, known));
      if (found !== undefined) return { path: found.path, start: known.start };
    }
    const known = this.#record.at(start);
    const before = candidates.find(({ identity }) => known !== undefined && isSame(identity, known));
    // Rotated more than once since we looked: the oldest first.
    const missed = candidates
      .filter(({ path, identity }) => path !== this.#path && identity !== undefined && !this.#record.has(identity))
      .filter(({ changedAt }) => changedAt >= (before?.changedAt ?? Infinity))
      .sort((a, b) => a.changedAt - b.changedAt);
    const [oldest] = missed;
    return oldest === undefined ? await this.#live(candidates, end) : { path: oldest.path, start: end };
  }

  /** Position behind everything that the succession holds from `position` on. */
  async end(position: number): Promise<number> {
    let found = await this.at(position);
    let end = position;
    for (let steps = 0; found !== undefined && steps < 1_000; steps += 1) {
      const { size, ino } = await stat(found.path);
      end = found.start + size;
      if (ino === (await this.statOfPath())?.ino) break;
      const next: Found | undefined = await this.after(found.start, end);
      if (next === undefined || next.path === found.path) break;
      found = next;
    }
    return end;
  }

  /** Keeps which file begins at `start`; durable when it resolves. */
  async record(file: FileHandle, start: number): Promise<void> {
    const identity = await identityOf(file);
    const known = this.#record.at(start);
    if (identity === undefined || (known?.start === start && isSame(identity, known))) return;
    await this.#record.add({ ...identity, start });
  }

  /** What the path stands for now; undefined where nothing. */
  async statOfPath(): Promise<{ readonly ino: number; readonly size: number } | undefined> {
    return await stat(this.#path).catch(() => undefined);
  }

  #live(candidates: readonly Candidate[], end: number): Promise<Found | undefined> {
    const live = candidates.find(({ path }) => path === this.#path);
    if (live === undefined) return Promise.resolve(undefined);
    // Without a record the file is taken for the one that `end` lies in, where it is long enough for that.
    const isFirst = this.#record.at(end) === undefined;
    return Promise.resolve({ path: this.#path, start: isFirst && live.size >= end ? 0 : end });
  }

  async #candidates(): Promise<Candidate[]> {
    const folder = dirname(this.#path);
    const name = basename(this.#path);
    const names = (await readdir(folder)).filter((each) => each === name || isRotated(each, name));
    const ignored = basename(this.#recordPath);
    const found = await Promise.all(
      names
        .filter((each) => !each.startsWith(ignored))
        .map((each) => candidate(each === name ? this.#path : join(folder, each))),
    );
    return found.filter((each) => each !== undefined);
  }
}

function isRotated(name: string, of: string): boolean {
  return /^[.-]/.test(name.slice(of.length)) && name.startsWith(of) && !/\.(gz|bz2|xz|zst|zip)$/.test(name);
}

function isSame(a: Omit<Incarnation, 'start'> | undefined, b: Omit<Incarnation, 'start'>): boolean {
  return a?.ino === b.ino && a.head === b.head;
}

async function candidate(path: string): Promise<Candidate | undefined> {
  try {
    const file = await open(path, 'r');
    try {
      const stats = await file.stat();
      if (!stats.isFile()) return undefined;
      return { path, ino: stats.ino, size: stats.size, changedAt: stats.mtimeMs, identity: await identityOf(file) };
    } finally {
      await file.close();
    }
  } catch {
    return undefined; // gone meanwhile
  }
}
