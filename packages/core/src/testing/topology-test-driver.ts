import { setImmediate } from 'node:timers/promises';
import type { StreamGraph } from '../graph/stream-graph.js';
import { InMemoryMetrics } from '../metrics.js';
import { JobRunner } from '../runtime/job-runner.js';
import type { JobStatus } from '../runtime/job-status.js';
import type { JobOptions } from '../runtime/job-options.js';
import { RestartStrategies } from '../runtime/restart-strategy.js';
import { ManualClock } from './manual-clock.js';
import { asText, TestTopics } from './test-topics.js';
import type { OutputRecord, TestRecord } from './test-topics.js';

const QUIET_TURNS = 20;

/** How a driver runs a graph. The restart strategy is `noRestart` by default: a test wants to see the failure. */
export interface DriverOptions extends JobOptions {
  /** The topics that the graph's sources and sinks were made of. @default new ones */
  readonly topics?: TestTopics;
  /** @default a ManualClock at 0 */
  readonly clock?: ManualClock;
}

/**
 * Runs a whole graph on topics in memory and virtual time, by the same runtime as in production: pipe records in, let
 * time pass, read records out. After Kafka Streams' TopologyTestDriver, with several partitions and real asynchrony.
 *
 * @example
 * ```ts
 * import { StreamExecutionEnvironment } from '@millrace/core';
 * import { TestTopics, TopologyTestDriver } from '@millrace/core/testing';
 *
 * const topics = new TestTopics();
 * const env = new StreamExecutionEnvironment({ jobName: 'copy' });
 * env
 *   .fromSource(topics.source('in'), { uid: 'in' })
 *   .map(({ key, value }) => ({ key, value }), { uid: 'copy' })
 *   .sinkTo(topics.sink('out'), { uid: 'out' });
 * const driver = await TopologyTestDriver.start(env.getStreamGraph(), { topics });
 * await driver.pipe('in', { key: 'k', value: 'grain' });
 * driver.read('out'); // => [{ key: 'k', value: 'grain', timestamp: undefined }]
 * await driver.advance(1_000);
 * topics.committed('in'); // => [1]
 * await driver.stop(); // => { clean: true }
 * ```
 */
export class TopologyTestDriver {
  readonly topics: TestTopics;
  readonly clock: ManualClock;
  readonly metrics: InMemoryMetrics;
  readonly #runner: JobRunner;
  readonly #read = new Map<string, number>();
  readonly #result: Promise<unknown>;
  #failure: unknown;

  private constructor(graph: StreamGraph, options: DriverOptions) {
    this.topics = options.topics ?? new TestTopics();
    this.clock = options.clock ?? new ManualClock();
    this.metrics = new InMemoryMetrics({ job: graph.jobName });
    this.#runner = new JobRunner(
      graph,
      { restartStrategy: RestartStrategies.noRestart(), ...options },
      { clock: this.clock, metrics: this.metrics },
    );
    this.#result = this.#runner.run().catch((error: unknown) => {
      this.#failure = error;
    });
  }

  /** Starts the graph and waits until it runs. @throws what the job fails with */
  static async start(graph: StreamGraph, options: DriverOptions = {}): Promise<TopologyTestDriver> {
    const driver = new TopologyTestDriver(graph, options);
    await driver.settled();
    return driver;
  }

  /** Appends records to a topic and waits until nothing moves any more. @throws what the job fails with */
  async pipe(topic: string, ...records: readonly TestRecord[]): Promise<void> {
    for (const record of records) this.topics.append(topic, record);
    await this.settled();
  }

  /** Lets time pass: timers, waits, checkpoints. @throws what the job fails with */
  async advance(ms: number): Promise<void> {
    await this.clock.advance(ms);
    await this.settled();
  }

  /** Records that came to the topic since the last read. */
  read(topic: string): readonly OutputRecord[] {
    const all = this.topics.records(topic);
    const from = this.#read.get(topic) ?? 0;
    this.#read.set(topic, all.length);
    return all.slice(from).map(asText);
  }

  /** Where the job stands: positions, what is in flight, who waits for what. */
  status(): JobStatus {
    return this.#runner.status();
  }

  /** Resolves when nothing has moved for some turns of the event loop. @throws what the job fails with */
  async settled(): Promise<void> {
    for (let quiet = 0, seen = this.#fingerprint(); quiet < QUIET_TURNS; quiet += 1) {
      await setImmediate();
      const now = this.#fingerprint();
      if (now !== seen) {
        seen = now;
        quiet = 0;
      }
    }
    if (this.#failure !== undefined) throw this.#failure as Error;
  }

  /** Ends the job as a crash would: no drain, no commit. The topics stay as they are. */
  async crash(): Promise<void> {
    const ended = this.#runner.cancel();
    await this.clock.advance(60_000);
    await ended;
  }

  /** Stops the job in good order. @returns whether everything in flight was settled and committed */
  async stop(): Promise<{ readonly clean: boolean }> {
    const ended = this.#runner.stop();
    for (let n = 0; n < 100 && !isEnded(this.#runner); n += 1) await this.clock.advance(1_000);
    await this.#result;
    return ended;
  }

  #fingerprint(): string {
    const { state, tasks, waiting } = this.#runner.status();
    return JSON.stringify([state, tasks, waiting.length]);
  }
}

function isEnded(runner: JobRunner): boolean {
  return ['FINISHED', 'CANCELED', 'FAILED'].includes(runner.state);
}
