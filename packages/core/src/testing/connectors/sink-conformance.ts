import assert from 'node:assert/strict';
import { systemClock } from '../../clock.js';
import type { Sink, SinkWriter } from '../../connector/sink.js';
import { messageOf } from '../../errors.js';
import { silentLogger } from '../../logger.js';
import { InMemoryMetrics } from '../../metrics.js';
import { Patience } from './patience.js';
import type { ConformanceCase } from '../conformance-case.js';

/** An element of the suite: the n-th of its key. */
export interface KeyedNumber {
  readonly key: string;
  readonly n: number;
}

/** A place that a sink writes to, made for one check. */
export interface SinkWorld<T> {
  /** A sink on this place; asked for anew for every opening. */
  sink(): Sink<T>;
  /** Everything that is durable there, elements of one key in the order in which they became so. */
  read(): Promise<readonly KeyedNumber[]>;
  /** Removes the place. */
  close?(): Promise<void>;
}

/** What the suite needs to know of a sink. */
export interface SinkConformanceOptions<T> {
  /** A fresh place with nothing in it. */
  create(): Promise<SinkWorld<T>>;
  /** The element to be written for one of the suite's. */
  elementOf(element: KeyedNumber): T;
  /** Only one writer may be open at a time. @default false */
  readonly isExclusive?: boolean;
  /** Milliseconds after which a check is given up. @default 30000 */
  readonly timeoutMs?: number;
}

/**
 * Checks that hold for every `Sink`: acknowledgements, durability, order of a key, flush, close. Give each to your test
 * runner: `for (const { name, run } of sinkConformance(options)) test(name, run)`.
 */
export function sinkConformance<T>(options: SinkConformanceOptions<T>): readonly ConformanceCase[] {
  return sinkChecks
    .filter(({ isConcurrent }) => isConcurrent !== true || options.isExclusive !== true)
    .map(({ name, run }) => ({
      name,
      run: async () => {
        const bench = new Bench(options, await options.create());
        try {
          await run(bench);
        } finally {
          await bench.close();
        }
      },
    }));
}

/** An open writer, and what it acknowledged. */
interface Writing {
  readonly writer: SinkWriter<unknown>;
  readonly acknowledged: KeyedNumber[];
  readonly failed: string[];
  abort(): void;
  write(...elements: readonly KeyedNumber[]): void;
}

class Bench<T> {
  readonly patience: Patience;
  readonly #options: SinkConformanceOptions<T>;
  readonly #world: SinkWorld<T>;
  readonly #open = new Set<SinkWriter<unknown>>();

  constructor(options: SinkConformanceOptions<T>, world: SinkWorld<T>) {
    this.#options = options;
    this.#world = world;
    this.patience = new Patience(options.timeoutMs);
  }

  async open(): Promise<Writing> {
    const abort = new AbortController();
    const writer = await this.#world.sink().open({
      jobName: 'conformance',
      clock: systemClock,
      logger: silentLogger,
      metrics: new InMemoryMetrics(),
      signal: abort.signal,
    });
    this.#open.add(writer);
    const acknowledged: KeyedNumber[] = [];
    const failed: string[] = [];
    return {
      writer: writer,
      acknowledged,
      failed,
      abort: () => {
        abort.abort(new Error('the attempt has ended'));
      },
      write: (...elements) => {
        for (const element of elements) {
          writer.write(this.#options.elementOf(element), {
            done: () => acknowledged.push(element),
            failed: (error) => failed.push(messageOf(error)),
          });
        }
      },
    };
  }

  /** Waits until all are acknowledged, and a little for what must not come twice. */
  async acknowledged(writing: Writing, count: number): Promise<void> {
    await this.patience.until(
      () => writing.acknowledged.length >= count || writing.failed.length > 0,
      () => `${String(count)} acknowledgements, ${String(writing.acknowledged.length)} came`,
    );
    await this.patience.quiet();
    assert.deepEqual(writing.failed, [], 'failed elements');
    assert.equal(writing.acknowledged.length, count, 'number of acknowledgements');
  }

  /** Every element of `expected` is durable (more than once is allowed), and those of a key stand in order. */
  async holds(expected: readonly KeyedNumber[]): Promise<void> {
    const found = await this.#world.read();
    const first = new Map<string, number>();
    for (const [place, { key, n }] of found.entries()) {
      const id = `${key}#${String(n)}`;
      if (!first.has(id)) first.set(id, place);
    }
    const missing = expected.filter(({ key, n }) => !first.has(`${key}#${String(n)}`));
    assert.deepEqual(missing, [], 'acknowledged and not durable');
    for (const key of new Set(expected.map((each) => each.key))) {
      const places = expected
        .filter((each) => each.key === key)
        .sort((a, b) => a.n - b.n)
        .map(({ n }) => first.get(`${key}#${String(n)}`) ?? -1);
      assert.deepEqual(
        places,
        [...places].sort((a, b) => a - b),
        `order of key ${key}`,
      );
    }
  }

  async shut({ writer }: Writing): Promise<void> {
    this.#open.delete(writer);
    await this.patience.within(writer.close(), 'close');
  }

  async close(): Promise<void> {
    for (const writer of this.#open) await this.patience.within(writer.close(), 'close');
    await this.#world.close?.();
  }
}

function elements(count: number, keys: readonly string[] = ['a', 'b', 'c'], from = 0): KeyedNumber[] {
  return Array.from({ length: count }, (_, n) => ({ key: keys[(from + n) % keys.length] ?? 'a', n: from + n }));
}

const sinkChecks: readonly {
  readonly name: string;
  readonly isConcurrent?: boolean;
  readonly run: (bench: Bench<unknown>) => Promise<void>;
}[] = [
  {
    name: 'opens, flushes and closes without an element',
    run: async (bench) => {
      const writing = await bench.open();
      await bench.patience.within(writing.writer.flush(), 'flush');
      await bench.shut(writing);
      await bench.holds([]);
    },
  },
  {
    name: 'acknowledges every element once, when it is durable',
    run: async (bench) => {
      const writing = await bench.open();
      for (const element of elements(30)) {
        writing.write(element);
        await bench.patience.until(() => writing.acknowledged.includes(element), 'the acknowledgement');
        await bench.holds([element]);
      }
      await bench.acknowledged(writing, 30);
    },
  },
  {
    name: 'flush resolves when everything taken before it is acknowledged',
    run: async (bench) => {
      const writing = await bench.open();
      writing.write(...elements(200));
      // Counted the moment it resolves: what comes a little later comes too late.
      const flushed = (): Promise<number> => writing.writer.flush().then(() => writing.acknowledged.length);
      assert.equal(await bench.patience.within(flushed(), 'flush'), 200);
      writing.write(...elements(50, ['d']));
      writing.write(...elements(50, ['e']));
      assert.deepEqual(await bench.patience.within(Promise.all([flushed(), flushed()]), 'two flushes'), [300, 300]);
      await bench.holds([...elements(200), ...elements(50, ['d']), ...elements(50, ['e'])]);
    },
  },
  {
    name: 'takes what comes without blocking, saturated and unacknowledged, and keeps the order of a key',
    run: async (bench) => {
      const writing = await bench.open();
      const all = elements(3_000, ['a', 'b', 'c', 'd', 'e', 'f', 'g']);
      writing.write(...all);
      await bench.acknowledged(writing, 3_000);
      await bench.holds(all);
    },
  },
  {
    name: 'goes on where it was when it is opened again',
    run: async (bench) => {
      const first = await bench.open();
      first.write(...elements(40));
      await bench.patience.within(first.writer.flush(), 'flush');
      await bench.shut(first);
      const second = await bench.open();
      second.write(...elements(40, ['a', 'b', 'c'], 40));
      await bench.patience.within(second.writer.flush(), 'flush');
      await bench.shut(second);
      await bench.holds(elements(80));
    },
  },
  {
    name: 'closed or aborted with elements in hand it ends, and what it acknowledged is durable',
    run: async (bench) => {
      for (const end of ['close', 'abort'] as const) {
        const writing = await bench.open();
        writing.write(...elements(500, [end]));
        if (end === 'abort') writing.abort();
        await bench.shut(writing);
        await bench.holds(writing.acknowledged);
      }
    },
  },
  {
    name: 'two writers at once, as in two processes, do not disturb each other',
    isConcurrent: true,
    run: async (bench) => {
      const [first, second] = await Promise.all([bench.open(), bench.open()]);
      first.write(...elements(300, ['a', 'b']));
      second.write(...elements(300, ['c', 'd']));
      await Promise.all([bench.acknowledged(first, 300), bench.acknowledged(second, 300)]);
      await bench.shut(first);
      second.write(...elements(100, ['c', 'd'], 300));
      await bench.acknowledged(second, 400);
      await bench.shut(second);
      await bench.holds([...elements(300, ['a', 'b']), ...elements(400, ['c', 'd'])]);
    },
  },
];
