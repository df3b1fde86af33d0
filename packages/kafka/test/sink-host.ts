import {
  InMemoryMetrics,
  type ProducerRecord,
  silentLogger,
  type SinkHost,
  type SinkWriter,
  systemClock,
} from '@millrace/core';

/** The runtime as a sink sees it. */
export function sinkHost(abort = new AbortController()): SinkHost & { readonly metrics: InMemoryMetrics } {
  return {
    jobName: 'test',
    clock: systemClock,
    logger: silentLogger,
    metrics: new InMemoryMetrics(),
    signal: abort.signal,
  };
}

/** Writes one record; resolves when it is durable, rejects when it never will be. */
export function writeOne(writer: SinkWriter<ProducerRecord>, record: ProducerRecord): Promise<void> {
  return new Promise((resolve, reject) => {
    writer.write(record, {
      done: resolve,
      failed: (error) => reject(error instanceof Error ? error : new Error(String(error))),
    });
  });
}
