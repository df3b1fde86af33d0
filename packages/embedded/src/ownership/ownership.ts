import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { open } from 'lmdb';
import type { RootDatabase } from 'lmdb';
import { openErrorOf, StoreInUseError } from '../errors.js';
import { checkDataFile } from '../storage/data-file.js';
import { OwnerSocket } from './owner-socket.js';
import { currentProcess, isRunning } from './process-identity.js';
import type { ProcessIdentity } from './process-identity.js';

/** Who has the folder, as written in it. */
interface OwnerRecord extends ProcessIdentity {
  /** Tells two lives apart in which everything else is equal. */
  readonly token: string;
  /** Name of the owner's socket in the folder; undefined where there are no sockets. */
  readonly socket: string | undefined;
}

/** How an owner's time ended: by `close`, by the end of its process alone, or with the whole machine. */
export type LeftBy = 'close' | 'process-end' | 'machine-stop';

const OWNER_KEY = 'owner';

/** A starter that lost this often to others gives up: somebody has the folder. */
const MAX_ATTEMPTS = 20;

/**
 * The right to use a data folder, held by one process at a time. The owner's record lies in a small LMDB file of its
 * own, beside the data, which nobody opens without the right to it. It is judged (does the owner's socket answer, does
 * its process still live) and then replaced in one write transaction, only if it is still the one that was judged: of
 * two starters that find a dead owner one wins. Nothing waits for a lock to expire.
 */
export class Ownership {
  readonly #directory: string;
  readonly #record: OwnerRecord;
  readonly #socket: OwnerSocket | undefined;
  /** The owner before, where it died without giving the folder back. */
  readonly #previous: OwnerRecord | undefined;

  private constructor(
    directory: string,
    record: OwnerRecord,
    socket: OwnerSocket | undefined,
    previous: OwnerRecord | undefined,
  ) {
    this.#directory = directory;
    this.#record = record;
    this.#socket = socket;
    this.#previous = previous;
  }

  /** How the owner before left the folder. */
  get left(): LeftBy {
    if (this.#previous === undefined) return 'close';
    return this.#previous.bootId === this.#record.bootId ? 'process-end' : 'machine-stop';
  }

  /**
   * @param directory existing folder for the record and the socket
   * @param name the data folder as the user named it, for messages
   * @throws StoreInUseError at once where another owner lives; StoreDamagedError where the record cannot be read
   */
  static async take(directory: string, name: string): Promise<Ownership> {
    const records = openRecords(directory, name);
    const token = randomUUID();
    const socket = await OwnerSocket.listen(directory, `${token.slice(0, 8)}.sock`);
    const record: OwnerRecord = { ...currentProcess(), token, socket: socket?.name };
    let previous: OwnerRecord | undefined;
    let taken = false;
    try {
      for (let attempt = 0; attempt < MAX_ATTEMPTS && !taken; attempt += 1) {
        const found = records.get(OWNER_KEY);
        previous = found;
        if (found !== undefined && (await lives(directory, found))) break;
        taken = records.transactionSync(() => {
          if (records.get(OWNER_KEY)?.token !== found?.token) return false;
          records.putSync(OWNER_KEY, record);
          return true;
        });
        if (taken && found?.socket !== undefined) rmSync(join(directory, found.socket), { force: true });
      }
    } catch (error) {
      throw openErrorOf(name, directory, error);
    } finally {
      await records.close();
      if (!taken) await socket?.close();
    }
    if (!taken) throw new StoreInUseError(name, previous?.pid);
    return new Ownership(directory, record, socket, previous);
  }

  /**
   * Gives the folder back in order. Never rejects: where the record cannot be removed (disk full) it is judged dead by
   * the next owner, as after a SIGKILL.
   */
  async release(): Promise<void> {
    await this.#leave(undefined);
  }

  /** Gives the folder back as it was found: the next owner learns how the one before this one left it. */
  async undo(): Promise<void> {
    await this.#leave(this.#previous);
  }

  /** Stops answering and leaves the record: for the next owner this one died. */
  async abandon(): Promise<void> {
    await this.#socket?.close();
  }

  async #leave(record: OwnerRecord | undefined): Promise<void> {
    try {
      const records = openRecords(this.#directory, this.#directory);
      try {
        records.transactionSync(() => {
          if (records.get(OWNER_KEY)?.token !== this.#record.token) return;
          if (record === undefined) records.removeSync(OWNER_KEY);
          else records.putSync(OWNER_KEY, record);
        });
      } finally {
        await records.close();
      }
    } catch {
      // See `release`.
    }
    await this.#socket?.close();
  }
}

async function lives(directory: string, owner: OwnerRecord): Promise<boolean> {
  const { bootId } = currentProcess();
  if (owner.bootId !== undefined && bootId !== undefined && owner.bootId !== bootId) return false;
  if (owner.socket !== undefined) {
    const answer = await OwnerSocket.probe(directory, owner.socket);
    if (answer !== 'unknown') return answer === 'alive';
  }
  return isRunning(owner);
}

function openRecords(directory: string, name: string): RootDatabase<OwnerRecord, string> {
  try {
    checkDataFile(join(directory, 'data.mdb'));
    return open<OwnerRecord, string>({ path: directory, encoding: 'json', overlappingSync: false, mapSize: 2 ** 20 });
  } catch (error) {
    throw openErrorOf(name, join(directory, 'data.mdb'), error);
  }
}
