import { sleep } from '../clock.js';
import type { Clock } from '../clock.js';
import { pullSource } from './pull-source.js';
import type { PullSplit } from './pull-source.js';
import type { Source, SourceRecord } from './source.js';

const CHUNK_RECORDS = 500;
/** What back-pressure held back is made up for at most this far. */
const MAX_CATCH_UP_MS = 1_000;

/** How a `generatorSource` makes elements, how many and how fast. */
export interface GeneratorOptions<T> {
  /**
   * The element of an index (0, 1, 2, ...). Must give the same element for the same index at any time: after a restart
   * elements are made again. What it throws fails the job attempt.
   */
  readonly generate: (index: number) => T;
  /** Event time of the element in milliseconds since 1970 UTC. @default elements have none */
  readonly timestampOf?: (index: number) => number;
  /** How many elements; the source is bounded then. @default endless */
  readonly count?: number;
  /** Elements a second, over all splits. @default as fast as they are taken */
  readonly ratePerSecond?: number;
  /** Splits (tasks) over which the indexes are dealt out, one after another. Changing it deals them out anew. @default 1 */
  readonly splits?: number;
}

/**
 * A source of elements made from their index, for demonstrations and load: bounded by `count` or endless, paced by
 * `ratePerSecond` (what back-pressure held back is made up for, at most one second of it). Positions count the elements
 * of a split, so that a restart goes on with the same elements.
 *
 * @throws RangeError for a count, rate or number of splits that is not above 0 (a count of 0 is none)
 * @see Flink, "DataGen Connector", `DataGeneratorSource`
 */
export function generatorSource<T>(options: GeneratorOptions<T>): Source<T> {
  const { count, ratePerSecond, splits = 1 } = options;
  if (count !== undefined && !(Number.isInteger(count) && count >= 0)) throw new RangeError('count is a whole number');
  if (ratePerSecond !== undefined && !(ratePerSecond > 0)) throw new RangeError('ratePerSecond is more than 0');
  if (!Number.isInteger(splits) || splits < 1) throw new RangeError('splits is a whole number of at least 1');
  const amount = count === undefined ? 'endless' : `${String(count)} elements`;
  return pullSource<T>({
    kind: 'generator',
    description: ratePerSecond === undefined ? amount : `${amount}, ${String(ratePerSecond)} a second`,
    isBounded: count !== undefined,
    open: ({ clock }) =>
      Promise.resolve(Array.from({ length: splits }, (_, split) => new GeneratorSplit(options, split, splits, clock))),
  });
}

class GeneratorSplit<T> implements PullSplit<T> {
  readonly id: string;
  readonly task: string;
  readonly #options: GeneratorOptions<T>;
  readonly #split: number;
  readonly #splits: number;
  readonly #count: number;
  readonly #pace: Pace | undefined;

  constructor(options: GeneratorOptions<T>, split: number, splits: number, clock: Clock) {
    const { count = Number.MAX_SAFE_INTEGER, ratePerSecond } = options;
    this.id = `generator-${String(split)}`;
    this.task = String(split);
    this.#options = options;
    this.#split = split;
    this.#splits = splits;
    this.#count = Math.max(0, Math.ceil((count - split) / splits));
    this.#pace = ratePerSecond === undefined ? undefined : new Pace(ratePerSecond / splits, clock);
  }

  async pull(from: number, signal: AbortSignal): ReturnType<PullSplit<T>['pull']> {
    if (from >= this.#count) return 'end';
    const allowed = this.#pace === undefined ? CHUNK_RECORDS : await this.#pace.take(from, signal);
    const to = Math.min(this.#count, from + Math.min(allowed, CHUNK_RECORDS));
    const { generate, timestampOf } = this.#options;
    const records: SourceRecord<T>[] = [];
    for (let position = from; position < to; position += 1) {
      const index = position * this.#splits + this.#split;
      records.push({ value: generate(index), position, timestamp: timestampOf?.(index) });
    }
    return { records, nextPosition: to };
  }

  end(position: number): number {
    return this.#options.count === undefined ? position : this.#count;
  }
}

/** Says how many elements are due. */
class Pace {
  readonly #perMs: number;
  readonly #clock: Clock;
  /** Element `position` is due at `time`, and the others of the pace accordingly. */
  #anchor: { time: number; position: number } | undefined;

  constructor(perSecond: number, clock: Clock) {
    this.#perMs = perSecond / 1_000;
    this.#clock = clock;
  }

  /** How many elements from `position` on are due; waits until it is one. @throws the reason of the signal */
  async take(position: number, signal: AbortSignal): Promise<number> {
    this.#anchor ??= { time: this.#clock.monotonic(), position };
    for (;;) {
      const now = this.#clock.monotonic();
      const dueAt = this.#anchor.time + (position - this.#anchor.position) / this.#perMs;
      if (now - dueAt > MAX_CATCH_UP_MS) this.#anchor = { time: now - MAX_CATCH_UP_MS, position };
      else if (now >= dueAt) return 1 + Math.floor((now - dueAt) * this.#perMs);
      else await sleep(this.#clock, dueAt - now, signal);
    }
  }
}
