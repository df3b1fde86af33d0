import { InvalidArgumentError, Option, type Command } from 'commander';
import type { Assignment } from '../config/load-config.js';
import type { VariableTable } from '../config/variable.js';
import { UsageError } from '../errors.js';
import { LOG_FORMATS, LOG_LEVELS } from '../log/log-options.js';
import { SUMMARY_FORMATS } from '../report/summary.js';
import { suggest } from './suggest.js';

/** A whole number between the bounds, for options that are no variables. */
export function wholeNumber(min: number, max: number): (value: string) => number {
  return (value) => {
    const number = /^\d{1,16}$/.test(value) ? Number(value) : Number.NaN;
    if (number >= min && number <= max) return number;
    throw new InvalidArgumentError(`It must be a whole number from ${String(min)} to ${String(max)}.`);
  };
}

/** An unset shell variable leaves an empty text behind. */
export function folder(value: string): string {
  if (value.trim() !== '') return value;
  throw new InvalidArgumentError('It must name a folder.');
}

export function addLogOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--log-format <format>',
        'log lines for programs or for people (default: pretty on a terminal)',
      ).choices(LOG_FORMATS),
    )
    .addOption(new Option('--log-level <level>', 'least level that is logged (default: info)').choices(LOG_LEVELS));
}

export function addSummaryOption(command: Command): Command {
  return command.addOption(
    new Option('--summary <format>', 'how the result is printed').choices(SUMMARY_FORMATS).default('table'),
  );
}

/**
 * `--config`, `--embedded`, `--set` and a flag for each variable. All that sets a variable goes into `assignments`, in
 * the order of the command line: the last one wins.
 */
export function addConfigOptions(command: Command, variables: VariableTable, assignments: Assignment[]): Command {
  command
    .addOption(new Option('--config <file>', 'configuration file: HOCON, or JSON where its name ends in .json'))
    .addOption(new Option('--config.file.path <file>', 'the same, as the Flink job has it').hideHelp())
    .addOption(new Option('--embedded <dir>', 'no servers: everything lives in this folder').argParser(folder))
    .addOption(
      new Option('--set <key=value>', 'set a configuration variable; repeatable').argParser((text: string) => {
        assignments.push(parseSetting(text, variables));
      }),
    );
  for (const [name, variable] of Object.entries(variables)) {
    for (const key of [name, ...(variable.aliases ?? [])]) {
      command.addOption(variableOption(`--${key}`, key, key === name ? variable.doc : undefined, assignments));
    }
  }
  return command;
}

/** The short name for the number of processes. */
export function parallelismOption(assignments: Assignment[]): Option {
  return variableOption('--parallelism', 'task.parallelism', undefined, assignments)
    .hideHelp(false)
    .argParser((value: string) => {
      assignments.push({ key: 'task.parallelism', value, written: '--parallelism (task.parallelism)' });
    });
}

function variableOption(flag: string, key: string, doc: string | undefined, assignments: Assignment[]): Option {
  const option = new Option(`${flag} <value>`, doc ?? 'number of processes that share the work').argParser(
    (value: string) => {
      assignments.push({ key, value, written: flag });
    },
  );
  return doc === undefined ? option.hideHelp() : option.helpGroup(VARIABLES_GROUP);
}

const VARIABLES_GROUP = 'Variables of the job (each also with --set, as environment variable, in the file):';

function parseSetting(text: string, variables: VariableTable): Assignment {
  const at = text.indexOf('=');
  const known = Object.entries(variables).flatMap(([name, { aliases = [] }]) => [name, ...aliases]);
  if (at < 1) {
    // Anything but the name of a variable could be a secret.
    const given = known.includes(text) ? `--set ${text} has no value: it` : '--set';
    throw new UsageError(`${given} takes key=value, for instance --set kafka.input.topic=requests`);
  }
  const key = text.slice(0, at).trim();
  if (!known.includes(key)) {
    const near = suggest(key, known);
    const hint = near === undefined ? '' : ` (did you mean ${near}?)`;
    throw new UsageError(`--set ${key}: no such configuration variable${hint}`);
  }
  return { key, value: text.slice(at + 1), written: `--set ${key}` };
}
