import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { StateOwner, StateReader } from '../state/state-backend.js';
import { SavepointError } from '../errors.js';
import { writeEntryFile } from './entry-file.js';
import type { SavepointTask } from './savepoint-part.js';

/** Writes one task's state, as its last checkpoint has it, into the folder of a savepoint. */
export async function writeSavepointTask(
  folder: string,
  owner: StateOwner,
  reader: StateReader | undefined,
): Promise<SavepointTask> {
  if (reader?.snapshot === undefined) throw new SavepointError(`nothing was written of ${owner.split} yet`);
  const { positions, meta } = reader.snapshot;
  // Names of tasks are data: the file has a name of its own.
  const file = `task-${randomUUID()}.entries`;
  try {
    const written = await writeEntryFile(join(folder, file), reader);
    return { owner, positions: Object.fromEntries(positions), meta, file, ...written };
  } catch (error) {
    throw new SavepointError(`the part of ${owner.split} could not be written to ${folder}`, error);
  }
}
