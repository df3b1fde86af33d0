import { randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, SavepointError } from '../errors.js';
import type { StateKey, StateOwner, StateReader } from '../state/state-backend.js';
import { entriesOf, sha256Of } from './entry-file.js';
import type { SavepointManifest, SavepointPart, SavepointTask } from './savepoint-part.js';

const MANIFEST = 'savepoint.json';

/**
 * A savepoint that is being written: processes add their parts to its folder, and it is one when `complete` has resolved.
 * Until then the folder is called `DIR.inprogress`.
 */
export class SavepointInProgress {
  /** Where processes write their parts. */
  readonly folder: string;
  readonly #target: string;

  private constructor(target: string, folder: string) {
    this.#target = target;
    this.folder = folder;
  }

  /** @throws SavepointError where there is something in the place already */
  static async begin(target: string): Promise<SavepointInProgress> {
    const folder = `${target}.inprogress`;
    try {
      if (await exists(target)) throw new SavepointError(`${target} exists: a savepoint needs a new folder`);
      await mkdir(folder, { recursive: false });
    } catch (error) {
      if (error instanceof SavepointError) throw error;
      throw new SavepointError(`the folder ${folder} cannot be made: ${messageOf(error)}`, error);
    }
    return new SavepointInProgress(target, folder);
  }

  /**
   * Makes one savepoint of the parts of all processes. Nothing is left behind where it throws.
   *
   * @throws SavepointError where a split is in no part, or a task in two
   */
  async complete(parts: readonly SavepointPart[], createdAt: number): Promise<SavepointManifest> {
    try {
      const tasks = parts.flatMap((part) => part.tasks);
      const jobName = checkParts(parts, tasks);
      const manifest: SavepointManifest = {
        format: 'millrace-savepoint',
        version: 1,
        id: randomUUID(),
        jobName,
        createdAt,
        tasks,
      };
      await writeFile(join(this.folder, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`, {
        flag: 'wx',
        flush: true,
      });
      await rename(this.folder, this.#target);
      return manifest;
    } catch (error) {
      await this.abandon();
      throw error;
    }
  }

  /** Removes what was written. */
  async abandon(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}

function checkParts(parts: readonly SavepointPart[], tasks: readonly SavepointTask[]): string {
  const [first, ...others] = parts;
  if (first === undefined) throw new SavepointError('no process answered: there is nothing to save');
  const stranger = others.find((part) => part.jobName !== first.jobName);
  if (stranger !== undefined) {
    throw new SavepointError(`the processes run different jobs: ${first.jobName} and ${stranger.jobName}`);
  }
  const seen = new Set<string>();
  for (const { owner } of tasks) {
    const name = JSON.stringify([owner.source, owner.split]);
    if (seen.has(name)) {
      throw new SavepointError(`two processes wrote the task ${owner.split}: it moved meanwhile, try again`);
    }
    seen.add(name);
  }
  const saved = new Set(tasks.flatMap((task) => Object.keys(task.positions)));
  const missing = [...new Set(parts.flatMap((part) => part.splits))].filter((split) => !saved.has(split));
  if (missing.length > 0) {
    throw new SavepointError(
      `no process wrote the state of ${missing.map(splitName).join(', ')}: ask all processes of the job, while no ` +
        'partition moves',
    );
  }
  return first.jobName;
}

function splitName(positionKey: string): string {
  return String((JSON.parse(positionKey) as readonly unknown[])[1]);
}

/** A complete savepoint, opened for reading. */
export class Savepoint {
  readonly folder: string;
  readonly manifest: SavepointManifest;

  private constructor(folder: string, manifest: SavepointManifest) {
    this.folder = folder;
    this.manifest = manifest;
  }

  /** @throws SavepointError where the folder is none */
  static async open(folder: string): Promise<Savepoint> {
    let manifest: SavepointManifest;
    try {
      manifest = JSON.parse(await readFile(join(folder, MANIFEST), 'utf8')) as SavepointManifest;
    } catch (error) {
      throw new SavepointError(`${folder} is no savepoint: ${messageOf(error)}`, error);
    }
    if (manifest.format !== 'millrace-savepoint' || manifest.version !== 1) {
      throw new SavepointError(`${folder} is no savepoint that this version can read`);
    }
    return new Savepoint(folder, manifest);
  }

  /** The part of a task, undefined where the savepoint has none. */
  taskOf(owner: StateOwner): SavepointTask | undefined {
    return this.manifest.tasks.find((task) => task.owner.source === owner.source && task.owner.split === owner.split);
  }

  /** A task's state, read into memory to be looked at. @throws SavepointError where it is damaged */
  async read(task: SavepointTask): Promise<StateReader> {
    const entries = new Map(await this.entriesOf(task));
    const keys = [...entries.keys()].sort();
    return {
      snapshot: { positions: new Map(Object.entries(task.positions)), meta: task.meta },
      get: (key) => entries.get(key),
      *scan(prefix, after) {
        for (const key of keys) {
          if (!key.startsWith(prefix) || (after !== undefined && key <= after)) continue;
          yield [key, entries.get(key) as Uint8Array];
        }
      },
    };
  }

  /** The entries of a task, read from its file as they are asked for. @throws SavepointError where it is damaged */
  async entriesOf(task: SavepointTask): Promise<Iterable<readonly [StateKey, Uint8Array]>> {
    const path = join(this.folder, task.file);
    try {
      if ((await sha256Of(path)) !== task.sha256) throw new Error('its checksum is wrong');
      return { [Symbol.iterator]: () => entriesOf(path) };
    } catch (error) {
      throw new SavepointError(`the savepoint's file ${path} cannot be used: ${messageOf(error)}`, error);
    }
  }
}

async function exists(path: string): Promise<boolean> {
  return open(path, 'r').then(
    async (file) => {
      await file.close();
      return true;
    },
    () => false,
  );
}
