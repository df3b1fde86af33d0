import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

interface Entry {
  readonly key: Buffer;
  readonly line: string;
}

/** Bytes held before a sorted run goes to a temporary file; a million dumped rows make about ten runs. */
const DEFAULT_BUDGET = 32 * 1_048_576;

/**
 * Sorts any number of lines by a byte key with bounded memory: sorted runs in temporary files, merged when read. Up to
 * the budget nothing is written. Cassandra gives rows in the order of tokens, a dump is in the order of keys.
 */
export class ExternalSort {
  readonly #parent: string;
  readonly #budget: number;
  #folder: string | undefined;
  #runs: string[] = [];
  #held: Entry[] = [];
  #heldBytes = 0;

  /**
   * @param parent folder in which the temporary files get one of their own, on the disk that the result goes to
   * @param budgetBytes bytes of keys and lines held in memory
   */
  constructor(parent: string, budgetBytes: number = DEFAULT_BUDGET) {
    this.#parent = parent;
    this.#budget = budgetBytes;
  }

  /** @param line text without a line break */
  async add(key: Buffer, line: string): Promise<void> {
    this.#held.push({ key, line });
    this.#heldBytes += key.length + line.length * 2 + 100;
    if (this.#heldBytes >= this.#budget) await this.#spill();
  }

  /** All lines in the order of their keys. Call it once. */
  async *sorted(): AsyncGenerator<string> {
    const held = this.#sortHeld();
    if (this.#runs.length === 0) {
      for (const entry of held) yield entry.line;
      return;
    }
    const sources: AsyncIterator<Entry>[] = [...this.#runs.map((path) => readRun(path)), fromArray(held)];
    yield* merge(sources);
  }

  /** Removes the temporary files. */
  async close(): Promise<void> {
    this.#held = [];
    if (this.#folder !== undefined) await rm(this.#folder, { recursive: true, force: true });
    this.#folder = undefined;
  }

  #sortHeld(): Entry[] {
    return this.#held.sort((a, b) => Buffer.compare(a.key, b.key));
  }

  async #spill(): Promise<void> {
    this.#folder ??= await mkdtemp(join(this.#parent, '.sorting-'));
    const path = join(this.#folder, `run-${String(this.#runs.length)}`);
    const entries = this.#sortHeld();
    this.#held = [];
    this.#heldBytes = 0;
    await pipeline(runText(entries), createWriteStream(path));
    this.#runs.push(path);
  }
}

/** A run's line: the key in base64, a tab, the text. */
function* runText(entries: readonly Entry[]): Generator<string> {
  for (let start = 0; start < entries.length; start += 500) {
    yield entries
      .slice(start, start + 500)
      .map((entry) => `${entry.key.toString('base64')}\t${entry.line}\n`)
      .join('');
  }
}

async function* readRun(path: string): AsyncGenerator<Entry> {
  let rest = '';
  for await (const piece of createReadStream(path, { encoding: 'utf8', highWaterMark: 65_536 })) {
    const lines = (rest + String(piece)).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const tab = line.indexOf('\t');
      yield { key: Buffer.from(line.slice(0, tab), 'base64'), line: line.slice(tab + 1) };
    }
  }
}

async function* fromArray(entries: readonly Entry[]): AsyncGenerator<Entry> {
  yield* entries;
}

/** Few runs: looking at each head is as quick as a heap. */
async function* merge(sources: readonly AsyncIterator<Entry>[]): AsyncGenerator<string> {
  const heads = await Promise.all(sources.map(async (source) => ({ source, head: await source.next() })));
  for (;;) {
    let least: (typeof heads)[number] | undefined;
    for (const candidate of heads) {
      if (candidate.head.done === true) continue;
      const best = least?.head;
      if (best === undefined || best.done === true || Buffer.compare(candidate.head.value.key, best.value.key) < 0) {
        least = candidate;
      }
    }
    if (least === undefined || least.head.done === true) return;
    yield least.head.value.line;
    least.head = await least.source.next();
  }
}
