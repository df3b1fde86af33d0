import { positionKey } from '../runtime/task-input.js';
import type { StateBackend, StateClaim, StateKey, StateOwner } from '../state/state-backend.js';
import { StateRegistry } from '../state/state-registry.js';
import type { Savepoint } from './savepoint.js';

/** Entries that one write deletes: their keys are in memory meanwhile. */
const DELETES_PER_WRITE = 50_000;

/**
 * Claims a task's state, with the savepoint's in the place of what is there, once: a state that came from this savepoint
 * already, and went on since, is left as it is, in whatever process. A task that the savepoint does not have begins anew.
 * A process that dies in the middle leaves a state without the mark: the next one begins again.
 *
 * @throws SavepointError where the savepoint is damaged; what the backend throws
 */
export async function claimFromSavepoint(
  backend: StateBackend,
  owner: StateOwner,
  savepoint: Savepoint,
): Promise<StateClaim> {
  let claim = await backend.claim(owner);
  const mark = positionKey('#savepoint', savepoint.manifest.id);
  if (claim.snapshot?.positions.has(mark) === true) return claim;
  const task = savepoint.taskOf(owner);
  const puts = task === undefined ? [] : await savepoint.entriesOf(task);
  const empty = { positions: new Map<string, number>(), meta: new StateRegistry().toText() };
  for (let keys = firstKeys(claim); keys.length > 0; keys = firstKeys(claim)) {
    await claim.write({ ...empty, puts: [], deletes: keys });
    // A claim in memory need not know what there is once something was written through it.
    claim = await backend.claim(owner);
  }
  await claim.write({
    positions: new Map([...Object.entries(task?.positions ?? {}), [mark, 0]]),
    meta: task?.meta ?? empty.meta,
    puts,
    deletes: [],
  });
  return backend.claim(owner);
}

function firstKeys(claim: StateClaim): readonly StateKey[] {
  const keys: StateKey[] = [];
  for (const [key] of claim.scan('')) {
    keys.push(key);
    if (keys.length >= DELETES_PER_WRITE) break;
  }
  return keys;
}
