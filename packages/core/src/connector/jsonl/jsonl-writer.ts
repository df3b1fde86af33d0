import { messageOf } from '../../errors.js';
import type { Acknowledgement, SinkHost, SinkWriter } from '../sink.js';
import { FileWriteError } from './errors.js';
import type { OpenPart, PartFiles } from './part-files.js';

/** Lines that are written and synced together, in bytes: what a crash may cut off. */
const MAX_BATCH_BYTES = 4 * 2 ** 20;

export interface WriterOptions<T> {
  readonly format: (element: T) => string;
  readonly bytes: number;
  readonly intervalMs: number;
  readonly onCheckpoint: boolean;
}

interface Entry {
  readonly line: string;
  readonly ack: Acknowledgement;
}

/** Writes lines to parts: one batch at a time is written and synced, what comes meanwhile is the next. */
export class JsonlWriter<T> implements SinkWriter<T> {
  readonly #directory: string;
  readonly #files: PartFiles;
  readonly #host: SinkHost;
  readonly #options: WriterOptions<T>;
  #waiting: Entry[] = [];
  #part: OpenPart | undefined;
  #bytes = 0;
  #cancelTimer: (() => void) | undefined;
  #rollWanted = false;
  #running: Promise<void> | undefined;
  #failure: FileWriteError | undefined;
  #isClosed = false;
  /** Lines taken, and lines that were acknowledged or reported as failed. */
  #taken = 0;
  #settled = 0;

  constructor(directory: string, files: PartFiles, host: SinkHost, options: WriterOptions<T>) {
    this.#directory = directory;
    this.#files = files;
    this.#host = host;
    this.#options = options;
  }

  write(element: T, ack: Acknowledgement): void {
    let line: string;
    try {
      line = `${this.#lineOf(element)}\n`;
    } catch (error) {
      queueMicrotask(() => {
        ack.failed(error);
      });
      return;
    }
    this.#taken += 1;
    this.#waiting.push({ line, ack });
    this.#run();
  }

  async flush(): Promise<void> {
    // What is taken while this waits goes into the same part: it may be closed a little later than asked for.
    if (this.#options.onCheckpoint) this.#rollWanted = true;
    const taken = this.#taken;
    while (this.#settled < taken || this.#rollWanted) {
      if (this.#isClosed || (this.#failure !== undefined && this.#settled >= taken)) return;
      this.#run();
      await this.#running;
    }
  }

  async close(): Promise<void> {
    if (this.#host.signal.aborted) this.#settled += this.#waiting.splice(0).length; // replayed by the next attempt
    this.#isClosed = true;
    await this.#running;
    this.#cancelTimer?.();
    const part = this.#part;
    this.#part = undefined;
    if (part === undefined) return;
    try {
      // After a failed write what is in the file is unknown: it is looked at by whoever opens the sink next.
      if (this.#failure === undefined) await this.#files.finish(part, this.#bytes);
      else await this.#files.abandon(part);
    } catch (error) {
      this.#host.logger.warn({ path: part.path, err: messageOf(error) }, 'a part was not given its name');
    }
  }

  #lineOf(element: T): string {
    // What JSON cannot say (undefined, a function) is no text at all.
    const text: unknown = this.#options.format(element);
    if (typeof text === 'string' && !text.includes('\n')) return text;
    throw new TypeError(
      `an element cannot be one line of ${this.#directory}: its text is ${typeof text === 'string' ? 'several' : 'none'}`,
    );
  }

  #run(): void {
    if (this.#isClosed) return;
    this.#running ??= this.#work().finally(() => {
      this.#running = undefined;
      if (this.#waiting.length > 0) this.#run();
    });
  }

  async #work(): Promise<void> {
    // Lines of one turn go together: without this the first of them would be synced alone.
    await Promise.resolve();
    while (this.#waiting.length > 0 && this.#failure === undefined) await this.#writeBatch(this.#takeBatch());
    if (this.#rollWanted && this.#failure === undefined) await this.#roll();
    if (this.#failure !== undefined) this.#fail(this.#waiting.splice(0), this.#failure);
  }

  #takeBatch(): Entry[] {
    let bytes = 0;
    let count = 0;
    while (count < this.#waiting.length && bytes < MAX_BATCH_BYTES) bytes += this.#waiting[count++]?.line.length ?? 0;
    return this.#waiting.splice(0, count);
  }

  async #writeBatch(entries: readonly Entry[]): Promise<void> {
    try {
      const part = (this.#part ??= await this.#begin());
      const data = Buffer.from(entries.map(({ line }) => line).join(''));
      await part.file.appendFile(data);
      await part.file.datasync();
      this.#bytes += data.length;
    } catch (error) {
      this.#failure = new FileWriteError(this.#directory, error);
      this.#fail(entries, this.#failure);
      return;
    }
    this.#settled += entries.length;
    for (const { ack } of entries) ack.done();
    if (this.#bytes >= this.#options.bytes) await this.#roll();
  }

  #fail(entries: readonly Entry[], error: FileWriteError): void {
    this.#settled += entries.length;
    for (const { ack } of entries) ack.failed(error);
  }

  async #begin(): Promise<OpenPart> {
    this.#bytes = 0;
    this.#cancelTimer?.();
    this.#cancelTimer = this.#host.clock.setTimer(this.#options.intervalMs, () => {
      this.#rollWanted = true;
      this.#run();
    });
    return await this.#files.begin();
  }

  async #roll(): Promise<void> {
    this.#rollWanted = false;
    const part = this.#part;
    if (part === undefined) return;
    this.#part = undefined;
    this.#cancelTimer?.();
    try {
      await this.#files.finish(part, this.#bytes);
    } catch (error) {
      // Everything in it is acknowledged and on the disk; without its name nobody would read it.
      this.#failure = new FileWriteError(part.path, error);
      this.#host.logger.error({ path: part.path, err: messageOf(error) }, 'a part was not given its name');
    }
  }
}
