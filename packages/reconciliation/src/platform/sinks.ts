import type { ProducerRecord, Sink } from '@millrace/core';

/** One sink for each output topic. */
export function sinksOf<K extends string>(
  outputs: Readonly<Record<K, string>>,
  sink: (topic: string) => Sink<ProducerRecord>,
): Readonly<Record<K, Sink<ProducerRecord>>> {
  const entries = Object.entries<string>(outputs).map(([name, topic]) => [name, sink(topic)] as const);
  return Object.fromEntries(entries) as Record<K, Sink<ProducerRecord>>;
}
