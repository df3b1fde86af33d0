/** A stream that text is written to. */
export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

export type StopSignal = 'SIGTERM' | 'SIGINT';

/** What the command needs of its process, so that tests can run it inside theirs. */
export interface Io {
  /** Results only. */
  readonly stdout: Output;
  /** Logs, progress, errors. */
  readonly stderr: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Calls the listener for every SIGTERM and SIGINT; returns a function that ends that. */
  onSignal(listener: (signal: StopSignal) => void): () => void;
  /** Calls the listener for an error that nobody caught, before the process ends; returns a function that ends that. */
  onFatal(listener: (error: unknown) => void): () => void;
  /** Module that runs the command in a forked process; undefined where there is none. */
  readonly entry: string | undefined;
  /** The process that forked this one for `task.parallelism`. */
  readonly parent: ParentProcess | undefined;
}

/** The other end of a fork's channel. */
export interface ParentProcess {
  /** From 1. */
  readonly worker: number;
  send(message: object): void;
  onMessage(listener: (message: unknown) => void): void;
}
