import type { ConsumerRecord, ProducerRecord } from '@millrace/core';
import { RecordRefusedError } from '../commands/failed/errors.js';
import type { FailedLog, OffsetRange, ReplayWriter, TopicRecord } from '../commands/failed/failed-log.js';

/** What happens at a write: it fails and nothing is there, it is there and fails all the same, the process ends at once. */
export type WriteFault = 'ok' | 'lost' | 'lost answer' | 'killed before' | 'killed behind';

/** Ends a process of the test. */
export class Killed extends Error {}

/** Topics of one partition in memory, whose writer fails as told. A killed process writes nothing any more. */
export class FakeFailedLog implements FailedLog {
  readonly topics = new Map<string, ConsumerRecord[]>();
  /** What happens at the next writes; none left: all is well. */
  faults: WriteFault[] = [];
  /** Values longer than this are refused. */
  maxValueBytes = Number.POSITIVE_INFINITY;
  writers = 0;

  append(topic: string, { key, value, headers = {}, timestamp = 1 }: ProducerRecord): void {
    const records = this.topics.get(topic) ?? [];
    this.topics.set(topic, records);
    const bytes = (of: Uint8Array | string | null): Uint8Array | null =>
      typeof of === 'string' ? Buffer.from(of) : of;
    const offset = records.length;
    records.push({ topic, partition: 0, offset, timestamp, key: bytes(key), value: bytes(value), headers });
  }

  records(topic: string): readonly ConsumerRecord[] {
    return this.topics.get(topic) ?? [];
  }

  ranges(topic: string): Promise<ReadonlyMap<number, OffsetRange> | undefined> {
    const records = this.topics.get(topic);
    return Promise.resolve(records && new Map([[0, { earliest: 0, end: records.length }]]));
  }

  async *read(topic: string, _partition: number, { earliest, end }: OffsetRange): AsyncIterable<ConsumerRecord> {
    for (const record of this.records(topic).slice(earliest, end)) yield await Promise.resolve(record);
  }

  openWriter(): Promise<ReplayWriter> {
    this.writers += 1;
    return Promise.resolve({
      takeOver: () => Promise.resolve(),
      close: () => Promise.resolve(),
      write: (records) => this.#write(records),
    });
  }

  async #write(records: readonly TopicRecord[]): Promise<void> {
    const fault = this.faults.shift() ?? 'ok';
    if (fault === 'killed before') throw new Killed();
    if (fault === 'lost') throw new Error('no answer');
    const large = records.some(({ record }) => (record.value?.length ?? 0) > this.maxValueBytes);
    if (large) throw new RecordRefusedError(new Error('too large'));
    for (const { topic, record } of records) this.append(topic, record);
    if (fault === 'lost answer') throw new Error('no answer');
    if (fault === 'killed behind') throw new Killed();
  }
}
