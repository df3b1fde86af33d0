import type { JobCommand } from '../command/job-command.js';
import type { OptionValue } from '../command/option.js';
import type { Assignment } from '../config/load-config.js';
import type { LogFormat, LogLevel } from '../log/log-options.js';
import type { SummaryFormat } from '../report/summary.js';

export const COMMANDS = ['run', 'load', 'dump', 'describe', 'config', 'sample'] as const;
export type CommandName = (typeof COMMANDS)[number];

/** What the command line says, before the job's configuration is looked at. */
export type Invocation = {
  readonly options: CommandOptions;
  /** Flags of variables and `--set`, in their order. */
  readonly assignments: readonly Assignment[];
} & (
  | {
      readonly command: CommandName;
      /** Second argument of `config`. */
      readonly action: 'show' | 'check' | undefined;
    }
  | {
      /** One that the job defines, with the values of its own options. */
      readonly command: JobCommand;
      readonly values: Readonly<Record<string, OptionValue>>;
    }
);

/** Options of all commands; each command has some of them. */
export interface CommandOptions {
  readonly config?: string;
  readonly embedded?: string;
  readonly logFormat?: LogFormat;
  readonly logLevel?: LogLevel;
  readonly summary?: SummaryFormat;
  readonly untilDrained?: boolean;
  readonly fromSavepoint?: string;
  readonly allowNonRestoredState?: boolean;
  readonly format?: string;
  readonly dataset?: string;
  readonly partitions?: number;
  readonly out?: string;
  readonly users?: number;
  readonly courses?: number;
  readonly seed?: number;
}
