import type { StreamGraph } from '../graph/stream-graph.js';
import type { JobOptions } from '../runtime/job-options.js';
import { MemoryStateBackend } from '../state/memory-state-backend.js';
import type { StateOwner } from '../state/state-backend.js';
import { ManualClock } from './manual-clock.js';
import { TestTopics } from './test-topics.js';
import type { OutputRecord, TestRecord } from './test-topics.js';
import { TopologyTestDriver } from './topology-test-driver.js';

/** A record with the topic that it is piped into. */
export interface InputRecord extends TestRecord {
  readonly topic: string;
}

/** What is run, crashed and compared. */
export interface RestartAnywhereOptions {
  /** Builds the job on the topics; called anew for each run. */
  readonly topology: (topics: TestTopics) => StreamGraph;
  /** Piped in one by one, in this order. */
  readonly records: readonly InputRecord[];
  /** Topics whose records are compared. */
  readonly outputs: readonly string[];
  /** Creates topics with more than one partition. @default topics have one partition */
  readonly createTopics?: (topics: TestTopics) => void;
  /**
   * What makes two output records the same one, sent twice. Records that an undisturbed run writes twice must differ in
   * it.
   * @default key, value and timestamp
   */
  readonly identity?: (record: OutputRecord) => string;
  /**
   * Whose state is compared. What lies behind a repartition topic sees again what was sent again after the crash.
   * @default that of all tasks
   */
  readonly comparesStateOf?: (owner: StateOwner) => boolean;
  /** Options of the job. The checkpoint interval and the state backend are the check's own. */
  readonly options?: Omit<JobOptions, 'stateBackend' | 'checkpoint'>;
}

/** How many runs with a crash were compared. */
export interface RestartAnywhereResult {
  readonly runs: number;
}

/** A place to crash: behind so many records, with the last checkpoint behind so many. */
interface Place {
  readonly crashAfter: number;
  readonly checkpointAfter: number;
}

/** What a run leaves: deduplicated output by topic, state by task. */
interface Outcome {
  readonly output: ReadonlyMap<string, readonly string[]>;
  readonly state: ReadonlyMap<string, string>;
}

const INTERVAL_MS = 1_000;

/**
 * Runs a job once undisturbed, and then with a crash behind every element, each with the last checkpoint at the crash,
 * half-way to it, and none at all; after each crash the job goes on from the last checkpoint. At the end keyed state (with
 * timers) must be that of the undisturbed run, and so must the output, what was repeated counted once.
 *
 * Event time only: a crash takes time, which processing-time windows would show.
 *
 * @throws Error that names the first place where it differs, and how
 *
 * @example
 * ```ts
 * import { StreamExecutionEnvironment } from '@millrace/core';
 * import { restartAnywhere } from '@millrace/core/testing';
 *
 * const result = await restartAnywhere({
 *   topology: (topics) => {
 *     const env = new StreamExecutionEnvironment({ jobName: 'count' });
 *     env
 *       .fromSource(topics.source('in'), { uid: 'in' })
 *       .map(() => 1)
 *       .keyBy(() => 'all')
 *       .reduce((a, b) => a + b, { uid: 'sum' })
 *       .map((sum) => ({ key: null, value: String(sum) }))
 *       .sinkTo(topics.sink('out'), { uid: 'out' });
 *     return env.getStreamGraph();
 *   },
 *   records: [{ topic: 'in', value: 'a' }, { topic: 'in', value: 'b' }],
 *   outputs: ['out'],
 * });
 * result.runs; // => 6
 * ```
 */
export async function restartAnywhere(options: RestartAnywhereOptions): Promise<RestartAnywhereResult> {
  const undisturbed = await run(options, undefined);
  const places = placesOf(options.records.length);
  for (const place of places) {
    const difference = differenceOf(undisturbed, await run(options, place));
    if (difference !== undefined) {
      throw new Error(
        `a crash behind element ${String(place.crashAfter)} of ${String(options.records.length)}, with ` +
          `${place.checkpointAfter === 0 ? 'no checkpoint before' : `the last checkpoint behind element ${String(place.checkpointAfter)}`}: ${difference}`,
      );
    }
  }
  return { runs: places.length };
}

function placesOf(count: number): readonly Place[] {
  const places: Place[] = [];
  for (let crashAfter = 0; crashAfter <= count; crashAfter += 1) {
    for (const checkpointAfter of new Set([crashAfter, Math.floor(crashAfter / 2), 0])) {
      places.push({ crashAfter, checkpointAfter });
    }
  }
  return places;
}

async function run(options: RestartAnywhereOptions, place: Place | undefined): Promise<Outcome> {
  const topics = new TestTopics();
  options.createTopics?.(topics);
  const stateBackend = new MemoryStateBackend();
  const clock = new ManualClock();
  const start = (): Promise<TopologyTestDriver> =>
    TopologyTestDriver.start(options.topology(topics), {
      ...options.options,
      checkpoint: { intervalMs: INTERVAL_MS },
      clock,
      stateBackend,
      topics,
    });
  let driver = await start();
  for (let count = 0; count <= options.records.length; count += 1) {
    const record = count === 0 ? undefined : options.records[count - 1];
    if (record !== undefined) await driver.pipe(record.topic, record);
    if (place !== undefined && count === place.checkpointAfter && count > 0) await driver.advance(INTERVAL_MS);
    if (place !== undefined && count === place.crashAfter) {
      await driver.crash();
      driver = await start();
    }
  }
  // What goes by intervals (watermarks through a repartition topic) arrives.
  for (let n = 0; n < 3; n += 1) await driver.advance(INTERVAL_MS);
  await driver.stop();
  return { output: outputOf(options, topics), state: await stateOf(options, topics, stateBackend) };
}

function outputOf(options: RestartAnywhereOptions, topics: TestTopics): Outcome['output'] {
  const identity = options.identity ?? ((record) => JSON.stringify([record.key, record.value, record.timestamp]));
  return new Map(
    options.outputs.map((topic) => [topic, [...new Set(topics.readAll(topic).map(identity))].sort()] as const),
  );
}

async function stateOf(
  options: RestartAnywhereOptions,
  topics: TestTopics,
  backend: MemoryStateBackend,
): Promise<Outcome['state']> {
  const state = new Map<string, string>();
  for (const owner of await backend.owners(options.topology(topics).jobName)) {
    if (options.comparesStateOf?.(owner) === false) continue;
    for (const [key, value] of backend.peek(owner)?.scan('') ?? []) {
      state.set(JSON.stringify([owner.source, owner.split, key]), Buffer.from(value).toString('latin1'));
    }
  }
  return state;
}

function differenceOf(expected: Outcome, actual: Outcome): string | undefined {
  for (const [topic, records] of expected.output) {
    const others = actual.output.get(topic) ?? [];
    const missing = records.find((record) => !others.includes(record));
    if (missing !== undefined) return `${topic} misses ${missing}`;
    const surplus = others.find((record) => !records.includes(record));
    if (surplus !== undefined) return `${topic} has ${surplus}, which an undisturbed run does not write`;
  }
  for (const [entry, value] of expected.state) {
    const other = actual.state.get(entry);
    if (other === undefined) return `the state misses the entry ${entry}`;
    if (other !== value) return `the state's entry ${entry} has another value: ${other} instead of ${value}`;
  }
  const surplus = [...actual.state.keys()].find((entry) => !expected.state.has(entry));
  return surplus === undefined ? undefined : `the state has the entry ${surplus}, which an undisturbed run has not`;
}
