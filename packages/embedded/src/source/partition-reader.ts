import { recordBytes } from '@millrace/core';
import type { ConsumerRecord, SourceHost, SplitLease } from '@millrace/core';
import type { TopicLog } from '../log/topic-log.js';

/** Reads one partition: one chunk at a time, the next when the task wants more and there is more. */
export class PartitionReader {
  readonly #log: TopicLog;
  readonly topic: string;
  readonly partition: number;
  readonly startPosition: number;
  readonly #lease: SplitLease;
  readonly #host: SourceHost<ConsumerRecord>;
  #stopped = false;
  #wake: (() => void) | undefined;

  constructor(
    log: TopicLog,
    topic: string,
    partition: number,
    startPosition: number,
    lease: SplitLease,
    host: SourceHost<ConsumerRecord>,
  ) {
    this.#log = log;
    this.topic = topic;
    this.partition = partition;
    this.startPosition = startPosition;
    this.#lease = lease;
    this.#host = host;
  }

  /** Ends after `stop`. @throws what reading throws */
  async run(): Promise<void> {
    let position = this.startPosition;
    for (;;) {
      // One chunk a turn: other partitions, timers and commits get theirs.
      await new Promise<void>((resolve) => setImmediate(resolve));
      if (this.#stopped) return;
      if (position >= this.#log.endOffset(this.topic, this.partition)) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        continue;
      }
      const records = this.#log.read(this.topic, this.partition, position);
      const nextPosition = records.at(-1)!.offset + 1;
      await this.#host.push(this.#lease, {
        records: records.map((value) => ({
          value,
          position: value.offset,
          timestamp: value.timestamp,
          bytes: recordBytes(value),
        })),
        nextPosition,
      });
      position = nextPosition;
    }
  }

  /** There may be new records. */
  wake(): void {
    this.#wake?.();
    this.#wake = undefined;
  }

  stop(): void {
    this.#stopped = true;
    this.wake();
  }
}
