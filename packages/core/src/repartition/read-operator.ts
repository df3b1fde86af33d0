import type { ConsumerRecord } from '../connector/record.js';
import { MillraceError, OperatorFailure } from '../errors.js';
import { StreamOperator } from '../runtime/operator.js';
import { StreamRecord } from '../runtime/stream-record.js';
import type { Serializer } from '../state/serializer.js';
import { eventTimeOf, formatOf } from './repartition-headers.js';

/** Makes elements of the records of a repartition topic again, with the timestamps that they had. */
export class RepartitionReadOperator<T> extends StreamOperator<ConsumerRecord, T> {
  readonly #serializer: Serializer<T>;

  constructor(serializer: Serializer<T>) {
    super();
    this.#serializer = serializer;
  }

  override processElement({ value: record, scope }: StreamRecord<ConsumerRecord>): void {
    if (record.value === null) return; // how far a task is, no element
    let value: T;
    try {
      value = this.#valueOf(record, record.value);
    } catch (error) {
      this.host.fail(new OperatorFailure(this.host.context.operator, error));
      return;
    }
    this.out.next(new StreamRecord(value, eventTimeOf(record), scope));
  }

  #valueOf(record: ConsumerRecord, bytes: Uint8Array): T {
    const { id, version } = this.#serializer;
    const format = formatOf(record) ?? '';
    const space = format.indexOf(' ');
    const written = { id: format.slice(space + 1), version: Number(format.slice(0, space)) };
    if (written.id === id && written.version === version) return this.#serializer.deserialize(bytes);
    if (written.id === id && written.version < version && this.#serializer.migrate !== undefined) {
      return this.#serializer.migrate(bytes, written.version);
    }
    throw new MillraceError(
      'ERR_REPARTITION_FORMAT',
      `${record.topic}-${String(record.partition)}, offset ${String(record.offset)} was written as ` +
        `${JSON.stringify(format)}, the serializer is ${JSON.stringify(`${String(version)} ${id}`)}: let the job drain ` +
        'before its serializer changes, or give the serializer a migrate',
    );
  }
}
