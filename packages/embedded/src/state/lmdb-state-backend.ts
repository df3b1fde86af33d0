import type { StateBackend, StateClaim, StateOwner, StateReader } from '@millrace/core';
import type { ReadTransaction } from '../storage/byte-database.js';
import type { Environment } from '../storage/environment.js';
import type { GroupCommit } from '../storage/group-commit.js';
import { LmdbStateClaim } from './lmdb-state-claim.js';
import { OwnerRecords } from './owner-records.js';
import { StateEntries } from './state-entries.js';

/**
 * State of jobs in the file of an embedded store. Entries stay there, a job reads the ones that it needs, so that its
 * state may be larger than its memory. The checkpoint of a task is one transaction; what it survives is what the
 * store's `durability` says.
 */
export class LmdbStateBackend implements StateBackend {
  readonly #environment: Environment;
  readonly #commits: GroupCommit;
  readonly #owners: OwnerRecords;
  readonly #moments = new Set<ReadTransaction>();
  /** Ends the moment of a reader that nobody has any more: the file would keep that moment's pages. */
  readonly #readers = new FinalizationRegistry<ReadTransaction>((moment) => this.#end(moment));

  constructor(environment: Environment, commits: GroupCommit) {
    this.#environment = environment;
    this.#commits = commits;
    this.#owners = new OwnerRecords(environment.stateOwners);
  }

  /** @inheritdoc */
  async claim(owner: StateOwner): Promise<StateClaim> {
    const record = await this.#commits.run(() => {
      const found = this.#owners.get(owner);
      const claimed = found ?? { id: this.#nextId(), epoch: 0, owner, snapshot: undefined };
      const raised = { ...claimed, epoch: claimed.epoch + 1 };
      this.#owners.put(raised);
      return raised;
    });
    const entries = new StateEntries(this.#environment.state, record.id);
    return new LmdbStateClaim({ commits: this.#commits, owners: this.#owners, entries, record });
  }

  /** @inheritdoc */
  owners(jobName: string): Promise<readonly StateOwner[]> {
    return Promise.resolve().then(() => {
      const records = [...this.#owners.all()].filter((record) => record.snapshot !== undefined);
      return records.map(({ owner }) => owner).filter((owner) => owner.jobName === jobName);
    });
  }

  /**
   * The state as it is at this moment, whatever is written afterwards. As long as the reader is in use the file keeps
   * what it reads, and grows meanwhile.
   */
  read(owner: StateOwner): Promise<StateReader | undefined> {
    return Promise.resolve().then(() => {
      const record = this.#owners.get(owner);
      if (record?.snapshot === undefined) return undefined;
      const moment = this.#environment.state.useReadTransaction();
      this.#moments.add(moment);
      const entries = new StateEntries(this.#environment.state, record.id, moment);
      const reader: StateReader = {
        snapshot: record.snapshot,
        get: (key) => entries.get(key),
        scan: (prefix, after) => entries.scan(prefix, after),
      };
      this.#readers.register(reader, moment);
      return reader;
    });
  }

  /** Does nothing: the store is closed by whoever opened it. */
  close(): Promise<void> {
    return Promise.resolve();
  }

  /** Reads everything once; returns the number of owners. @internal */
  verify(): number {
    let owners = 0;
    for (const { id } of this.#owners.all()) {
      const entries = new StateEntries(this.#environment.state, id).scan('');
      while (entries.next().done !== true);
      owners += 1;
    }
    return owners;
  }

  /** Ends what readers see: the file is about to be closed. @internal */
  release(): void {
    for (const moment of [...this.#moments]) this.#end(moment);
  }

  #end(moment: ReadTransaction): void {
    if (this.#moments.delete(moment)) moment.done();
  }

  #nextId(): number {
    let last = -1;
    for (const { id } of this.#owners.all()) last = Math.max(last, id);
    return last + 1;
  }
}
