import type { Acknowledgement, Sink, SinkWriter } from '@millrace/core';

/** A sink that acknowledges at once, or, after `stall`, when the test says so. */
export class FakeSink<T> {
  readonly written: T[] = [];
  readonly waiting: { readonly element: T; readonly ack: Acknowledgement }[] = [];
  readonly calls: string[] = [];
  isStalled = false;
  onOpen: () => void | Promise<void> = () => undefined;
  onWrite: (element: T) => void = () => undefined;
  onFlush: () => void | Promise<void> = () => undefined;

  get sink(): Sink<T> {
    return {
      kind: 'fake',
      description: 'sink',
      open: async () => {
        await this.onOpen();
        this.calls.push('open');
        return this.#writer();
      },
    };
  }

  /** Acknowledges the element that was written first among those that wait. */
  acknowledge(count = this.waiting.length): void {
    for (const { ack } of this.waiting.splice(0, count)) ack.done();
  }

  #writer(): SinkWriter<T> {
    return {
      write: (element, ack) => {
        this.onWrite(element);
        this.written.push(element);
        if (this.isStalled) this.waiting.push({ element, ack });
        else ack.done();
      },
      flush: async () => {
        this.calls.push('flush');
        await this.onFlush();
      },
      close: () => {
        this.calls.push('close');
        return Promise.resolve();
      },
    };
  }
}
