import { InMemoryMetrics, silentLogger } from '@millrace/core';
import type { ManualClock } from '@millrace/core/testing';
import type { TopicWriterOptions } from '../src/sink/topic-writer.js';

/** A writer of a topic with four partitions, as the tests of the producer hub open it. */
export function writerOptions(options: Partial<TopicWriterOptions> = {}): TopicWriterOptions {
  return {
    topic: 't',
    partitions: 4,
    retryTimeoutMs: 60_000,
    onTooLarge: undefined,
    logger: silentLogger,
    metrics: new InMemoryMetrics(),
    signal: new AbortController().signal,
    ...options,
  };
}

/** Lets a hub work until nothing moves any more, waits of `forMs` milliseconds included. */
export async function settleHub(clock: ManualClock, forMs = 0): Promise<void> {
  for (let waited = 0; ; waited += 50) {
    for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
    if (waited >= forMs) return;
    await clock.advance(50);
  }
}
