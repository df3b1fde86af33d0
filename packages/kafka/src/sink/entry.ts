import type { Acknowledgement, ProducerRecord } from '@millrace/core';
import { SinkMessage } from './message.js';
import type { TopicWriter } from './topic-writer.js';

/** One record on its way to the broker. */
export class Entry extends SinkMessage {
  readonly writer: TopicWriter;
  /** What the job wrote; `onTooLarge` is asked with it. */
  readonly record: ProducerRecord;
  readonly ack: Acknowledgement;
  /** Place in its writer's order of calls; `flush` counts by it. */
  readonly sequence: number;
  /** Chosen once; a stand-in goes to the same one. */
  partition = -1;
  /** Whether it is a smaller stand-in for another record. */
  isStandIn = false;
  /** Whether `ack` was called: a failed writer's entries may still stand in a queue. */
  settled = false;

  constructor(writer: TopicWriter, record: ProducerRecord, ack: Acknowledgement, sequence: number) {
    super(record);
    this.writer = writer;
    this.record = record;
    this.ack = ack;
    this.sequence = sequence;
  }
}
