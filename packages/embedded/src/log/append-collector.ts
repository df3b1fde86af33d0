import type { Acknowledgement } from '@millrace/core';
import { ByteWriter } from '../encoding/byte-writer.js';
import type { Environment } from '../storage/environment.js';
import type { GroupCommit } from '../storage/group-commit.js';
import { encodeBatch, sizeOf } from './batch-codec.js';
import { batchKey } from './log-keys.js';
import type { Partition, PlacedRecord } from './topic.js';

/** A stored batch is read as a whole: large enough to be compact, small enough to be cheap. */
const MAX_BATCH_RECORDS = 500;
const MAX_BATCH_BYTES = 32_768;

/** Records that wait for the same transaction, with those who wait for them. */
interface Waiting {
  readonly records: PlacedRecord[];
  readonly acknowledgements: Acknowledgement[];
}

/**
 * Gathers the records of all appends that arrive before the next transaction, whoever hands them over, so that they
 * share stored batches: one record a batch would cost several times the room and the time.
 */
export class AppendCollector {
  readonly #environment: Environment;
  readonly #commits: GroupCommit;
  readonly #published: (topics: ReadonlySet<string>) => void;
  readonly #writer = new ByteWriter(MAX_BATCH_BYTES * 2);
  #waiting: Waiting | undefined;

  /** @param published told which topics have new records, after each commit and before the acknowledgements */
  constructor(environment: Environment, commits: GroupCommit, published: (topics: ReadonlySet<string>) => void) {
    this.#environment = environment;
    this.#commits = commits;
    this.#published = published;
  }

  /** Records are stored in the order of the calls, those of one call all or none. */
  add(records: readonly PlacedRecord[], acknowledgement: Acknowledgement): void {
    this.#waiting ??= this.#begin();
    for (const record of records) this.#waiting.records.push(record);
    this.#waiting.acknowledgements.push(acknowledgement);
  }

  #begin(): Waiting {
    const waiting: Waiting = { records: [], acknowledgements: [] };
    this.#commits.enqueue({
      apply: () => {
        this.#waiting = undefined;
        this.#store(waiting.records);
      },
      committed: () => {
        for (const { partition } of waiting.records) partition.end += 1;
        this.#published(new Set(waiting.records.map(({ partition }) => partition.topic.name)));
        for (const acknowledgement of waiting.acknowledgements) acknowledgement.done();
      },
      failed: (error) => {
        // Refused before it was applied: the store is closed.
        if (this.#waiting === waiting) this.#waiting = undefined;
        for (const { partition } of waiting.records) partition.next = partition.end;
        for (const acknowledgement of waiting.acknowledgements) acknowledgement.failed(error);
      },
    });
    return waiting;
  }

  #store(records: readonly PlacedRecord[]): void {
    for (const [partition, run] of byPartition(records)) {
      for (const batch of batchesOf(run)) {
        const key = batchKey(partition.topic.id, partition.index, partition.next);
        this.#environment.log.putSync(key, encodeBatch(batch, this.#writer));
        partition.next += batch.length;
      }
    }
  }
}

function byPartition(records: readonly PlacedRecord[]): Map<Partition, PlacedRecord[]> {
  const runs = new Map<Partition, PlacedRecord[]>();
  for (const record of records) {
    const run = runs.get(record.partition);
    if (run === undefined) runs.set(record.partition, [record]);
    else run.push(record);
  }
  return runs;
}

function* batchesOf(records: readonly PlacedRecord[]): Generator<readonly PlacedRecord[]> {
  let start = 0;
  let bytes = 0;
  for (let index = 0; index < records.length; index += 1) {
    const size = sizeOf(records[index]!);
    if (index > start && (bytes + size > MAX_BATCH_BYTES || index - start >= MAX_BATCH_RECORDS)) {
      yield records.slice(start, index);
      start = index;
      bytes = 0;
    }
    bytes += size;
  }
  if (start < records.length) yield records.slice(start);
}
