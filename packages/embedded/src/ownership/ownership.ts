import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { open } from 'lmdb';
import type { RootDatabase } from 'lmdb';
import { StoreDamagedError, StoreInUseError } from '../errors.js';
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

  private constructor(directory: string, record: OwnerRecord, socket: OwnerSocket | undefined) {
    this.#directory = directory;
    this.#record = record;
    this.#socket = socket;
  }

  /**
   * @param directory existing folder for the record and the socket
   * @param name the data folder as the user named it, for messages
   * @throws StoreInUseError at once where another owner lives; StoreDamagedError where the record cannot be read
   */
  static async take(directory: string, name: string): Promise<Ownership> {
    const records = openRecords(directory);
    const token = randomUUID();
    const socket = await OwnerSocket.listen(directory, `${token.slice(0, 8)}.sock`);
    const record: OwnerRecord = { ...currentProcess(), token, socket: socket?.name };
    let ownerPid: number | undefined;
    let taken = false;
    try {
      for (let attempt = 0; attempt < MAX_ATTEMPTS && !taken; attempt += 1) {
        const found = records.get(OWNER_KEY);
        ownerPid = found?.pid;
        if (found !== undefined && (await lives(directory, found))) break;
        taken = records.transactionSync(() => {
          if (records.get(OWNER_KEY)?.token !== found?.token) return false;
          records.putSync(OWNER_KEY, record);
          return true;
        });
        if (taken && found?.socket !== undefined) rmSync(join(directory, found.socket), { force: true });
      }
    } finally {
      await records.close();
      if (!taken) await socket?.close();
    }
    if (!taken) throw new StoreInUseError(name, ownerPid);
    return new Ownership(directory, record, socket);
  }

  /** Gives the folder back. A process that dies instead needs not: its record is judged dead by the next. */
  async release(): Promise<void> {
    const records = openRecords(this.#directory);
    try {
      records.transactionSync(() => {
        if (records.get(OWNER_KEY)?.token === this.#record.token) records.removeSync(OWNER_KEY);
      });
    } finally {
      await records.close();
      await this.#socket?.close();
    }
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

function openRecords(directory: string): RootDatabase<OwnerRecord, string> {
  try {
    return open<OwnerRecord, string>({ path: directory, encoding: 'json', overlappingSync: false, mapSize: 2 ** 20 });
  } catch (error) {
    throw new StoreDamagedError(join(directory, 'data.mdb'), 'the owner record cannot be opened', error);
  }
}
