import type { StateBackend, StateClaim, StreamGraph } from '@millrace/core';
import { TestTopics, TopologyTestDriver } from '@millrace/core/testing';
import type { InputRecord } from '@millrace/core/testing';

const CHECKPOINT_MS = 1_000;

/** Where a run crashes: behind so many records, with the last checkpoint behind so many. */
export interface Crash {
  readonly after: number;
  readonly checkpointAfter: number;
}

export interface Run {
  readonly topology: (topics: TestTopics) => StreamGraph;
  readonly records: readonly InputRecord[];
  readonly outputs: readonly string[];
  readonly stateBackend: StateBackend;
  readonly crash?: Crash;
}

/**
 * Runs a job with virtual time on a backend that takes its own time, and crashes it once. Gives what was written, each
 * record once, and the state that is left.
 */
export async function runOn({ topology, records, outputs, stateBackend, crash }: Run): Promise<object> {
  const topics = new TestTopics();
  topics.create('in', 2);
  const backend = new AwaitedBackend(stateBackend);
  let driver: TopologyTestDriver | undefined;
  const idle = async (): Promise<TopologyTestDriver> => {
    driver ??= await TopologyTestDriver.start(topology(topics), {
      topics,
      stateBackend: backend,
      checkpoint: { intervalMs: CHECKPOINT_MS },
      maxCachedStateEntries: 2,
    });
    do {
      await backend.idle();
      await driver.settled();
    } while (backend.isBusy || driver.status().state === 'CREATED');
    return driver;
  };
  for (let count = 0; count <= records.length; count += 1) {
    const record = records[count - 1];
    if (record !== undefined) await (await idle()).pipe(record.topic, record);
    if (crash?.checkpointAfter === count && count > 0) await (await idle()).advance(CHECKPOINT_MS);
    if (crash?.after === count) {
      await (await idle()).crash();
      driver = undefined;
    }
  }
  await (await idle()).advance(CHECKPOINT_MS);
  await (await idle()).crash();
  const state: [string, string, string][] = [];
  for (const owner of await backend.owners(topology(topics).jobName)) {
    for (const [key, value] of (await backend.read(owner))?.scan('') ?? []) {
      state.push([owner.split, key, Buffer.from(value).toString('latin1')]);
    }
  }
  const written = (topic: string): string[] => topics.readAll(topic).map(({ value }) => Buffer.from(value!).toString());
  return {
    output: outputs.map((topic) => [topic, [...new Set(written(topic))].sort()]),
    state: state.sort(([a, b], [c, d]) => (a + b < c + d ? -1 : 1)),
  };
}

/** Knows whether calls are under way: time is virtual, a server's answers are not. */
class AwaitedBackend implements StateBackend {
  readonly #inner: StateBackend;
  readonly #calls = new Set<Promise<unknown>>();

  constructor(inner: StateBackend) {
    this.#inner = inner;
  }

  get isBusy(): boolean {
    return this.#calls.size > 0;
  }

  async idle(): Promise<void> {
    while (this.isBusy) await Promise.allSettled(this.#calls);
  }

  async claim(owner: Parameters<StateBackend['claim']>[0]): Promise<StateClaim> {
    const claim = await this.#await(this.#inner.claim(owner));
    return {
      snapshot: claim.snapshot,
      isLargerThanMemory: claim.isLargerThanMemory,
      get: (key) => claim.get(key),
      scan: (prefix, after) => claim.scan(prefix, after),
      write: (write) => this.#await(claim.write(write)),
    };
  }

  owners(jobName: string): ReturnType<StateBackend['owners']> {
    return this.#await(this.#inner.owners(jobName));
  }

  read(owner: Parameters<StateBackend['read']>[0]): ReturnType<StateBackend['read']> {
    return this.#await(this.#inner.read(owner));
  }

  #await<T>(call: Promise<T>): Promise<T> {
    const ended = call.then(
      () => undefined,
      () => undefined,
    );
    this.#calls.add(ended);
    void ended.then(() => this.#calls.delete(ended));
    return call;
  }
}
