import type { SinkWriter } from '../connector/sink.js';
import { OperatorFailure } from '../errors.js';
import { StreamOperator } from '../runtime/operator.js';
import type { StreamRecord } from '../runtime/stream-record.js';

/** Hands elements to the sink's writer; the element's scope is released when the writer acknowledges. */
export class SinkOperator<T> extends StreamOperator<T, unknown> {
  readonly #writer: SinkWriter<T>;

  constructor(writer: SinkWriter<T>) {
    super();
    this.#writer = writer;
  }

  override processElement(record: StreamRecord<T>): void {
    record.scope.retain();
    try {
      this.#writer.write(record.value, record.scope);
    } catch (error) {
      this.host.fail(new OperatorFailure(this.host.context.operator, error));
    }
  }
}
