import type { Config, VariableTable } from '../config/variable.js';
import type { Output } from '../io.js';
import type { JobContext, Progress } from '../job-definition.js';
import type { OptionTable, OptionValue, OptionValues } from './option.js';

/** How a command prints its result: for people, or one JSON text for tools. */
export const RESULT_FORMATS = ['table', 'json'] as const;
/** How the result of a command is printed: `table` or `json`. */
export type ResultFormat = (typeof RESULT_FORMATS)[number];

/** What a command of a job works with, besides its own options. */
export interface CommandContext<V extends VariableTable = VariableTable> extends JobContext<V> {
  readonly config: Config<V>;
  /** The user's `--format`. */
  readonly format: ResultFormat;
  /** Standard output: results only. */
  readonly out: Output;
  /** A line for people on standard error, with its line feed added; the progress line makes room for it. */
  note(line: string): void;
  /** Aborts at the first SIGTERM or SIGINT: end in good order and reject with its reason (exit code 3). */
  readonly signal: AbortSignal;
  readonly progress: Progress;
  /** Folder that relative paths of the user's are meant from. */
  readonly cwd: string;
}

/**
 * A command that a job adds to the runner's: `millrace NAME JOB [options]`. It gets the options of all commands that
 * touch data (`--config`, `--embedded`, `--set`, a flag for each variable) and `--format`; its own are declared as data.
 */
export interface JobCommand<V extends VariableTable = VariableTable> {
  /** One word, or two for a command of a group: `explain`, `failed list`. Lower case, none of the runner's own. */
  readonly name: string;
  /** One line for the list of commands, beginning in lower case. */
  readonly description: string;
  /** For a command of a group: one line about the group. The first command of a group that has one says it for all. */
  readonly groupDescription?: string;
  /** By name without the dashes: `{ 'dry-run': flagOption({ doc: 'change nothing' }) }`. */
  readonly options?: OptionTable;
  /**
   * Whether it is refused where neither a folder nor services are configured. @default true
   */
  readonly needsBackend?: boolean;
  /**
   * Does it. Expected errors are SetupError, UsageError, ConfigError, DatasetError (exit code 2) and
   * ServiceUnavailableError (69); the runner prints their messages as one line. Anything else is a bug (1).
   *
   * @param options by name; an option that was not given and has no default is undefined
   */
  run(context: CommandContext<V>, options: Readonly<Record<string, OptionValue>>): Promise<void>;
}

/** Types a command by its options and the job's variables (annotate the context). */
export function defineCommand<V extends VariableTable, const O extends OptionTable>(
  command: Omit<JobCommand<V>, 'options' | 'run'> & {
    readonly options: O;
    run(context: CommandContext<V>, options: OptionValues<O>): Promise<void>;
  },
): JobCommand<V> {
  return command;
}
