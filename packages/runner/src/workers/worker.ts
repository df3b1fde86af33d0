import { fork, type ChildProcess } from 'node:child_process';
import type { SavepointRequest } from '../savepoint/savepoint-request.js';
import type { JobCounts } from '../job-definition.js';
import type { RunCounts } from '../report/summary.js';
import type { Question, ToParent, ToWorker } from './messages.js';

export interface WorkerStart {
  /** From 1. */
  readonly index: number;
  readonly entry: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Takes the worker's log lines. */
  readonly onLine: (line: string) => void;
}

/** How long a worker may take to answer. */
const ANSWER_MS = 2_000;

/** A forked process that runs a part of the job. */
export class Worker {
  readonly #child: ChildProcess;
  readonly #questions = new Map<number, (answer: unknown) => void>();
  #nextId = 1;
  #counts: JobCounts = { processed: 0, skipped: 0, failed: 0, coalesced: 0 };
  #result: RunCounts = { restarts: 0, missed: 0 };
  #note = '';
  /** Resolves with the exit code; 1 for a process that a signal ended. */
  readonly ended: Promise<number>;

  constructor(start: WorkerStart) {
    this.#child = fork(start.entry, [...start.args], {
      cwd: start.cwd,
      env: { ...start.env, MILLRACE_WORKER: String(start.index) },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      if (stream !== null) forEachLine(stream, start.onLine);
    }
    this.#child.on('message', (message) => this.#receive(message as ToParent));
    // A message to a process that has just ended; its end is what counts.
    this.#child.on('error', () => undefined);
    this.ended = new Promise((resolve) => {
      this.#child.once('close', (code) => resolve(code ?? 1));
    });
  }

  get counts(): JobCounts {
    return this.#counts;
  }

  /** Of its run, once that has ended. */
  get result(): RunCounts {
    return this.#result;
  }

  /** What holds it up. */
  get note(): string {
    return this.#note;
  }

  send(message: ToWorker): void {
    if (this.#child.connected) this.#child.send(message, () => undefined);
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  /** The worker's answer; undefined where it gives none in time, or ends. */
  ask(what: Question, savepoint?: SavepointRequest): Promise<unknown> {
    const id = this.#nextId;
    this.#nextId += 1;
    return new Promise((resolve) => {
      const done = (answer: unknown): void => {
        clearTimeout(timer);
        this.#questions.delete(id);
        resolve(answer);
      };
      // A savepoint takes as long as a checkpoint may take.
      const timer = what === 'savepoint' ? undefined : setTimeout(() => done(undefined), ANSWER_MS);
      void this.ended.then(() => done(undefined));
      this.#questions.set(id, done);
      this.send({ type: 'ask', id, what, ...(savepoint === undefined ? {} : { savepoint }) });
    });
  }

  #receive(message: ToParent): void {
    if (message.type === 'answer') this.#questions.get(message.id)?.(message.answer);
    else {
      this.#counts = message.counts;
      if (message.type === 'progress') this.#note = message.note;
      else this.#result = message;
    }
  }
}

function forEachLine(stream: NodeJS.ReadableStream, take: (line: string) => void): void {
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) take(`${line}\n`);
  });
  stream.on('end', () => {
    if (rest !== '') take(`${rest}\n`);
  });
}
