import type { Command } from 'commander';
import { InvalidArgumentError, Option } from 'commander';
import type { JobCommand } from '../command/job-command.js';
import { RESULT_FORMATS } from '../command/job-command.js';
import type { CommandOption, OptionValue } from '../command/option.js';
import { parseTime, TIME_MEANS } from '../command/parse-time.js';

/** Called when a command of the job was understood. */
export type OnJobCommand = (
  command: JobCommand,
  values: Readonly<Record<string, OptionValue>>,
  options: Readonly<Record<string, unknown>>,
) => void;

/**
 * Adds the commands of a job to the program, groups included.
 *
 * @param finish adds the options that all commands have
 * @param heading under which they stand in the help; undefined: with the runner's own
 */
export function addJobCommands(
  program: Command,
  commands: readonly JobCommand[],
  finish: (command: Command) => void,
  onCommand: OnJobCommand,
  heading?: string,
): void {
  const groups = new Map<string, Command>();
  for (const definition of commands) {
    const [head = '', sub] = definition.name.split(' ');
    const add = (name: string): Command => {
      const added = program.command(name);
      return heading === undefined ? added : added.helpGroup(heading);
    };
    const parent = sub === undefined ? program : (groups.get(head) ?? add(head).helpCommand(false));
    if (sub !== undefined) {
      groups.set(head, parent);
      if (parent.description() === '') parent.description(definition.groupDescription ?? '');
    }
    const command = (sub === undefined ? add(head) : parent.command(sub)).description(definition.description);
    command.argument('<job>', 'package or module of the job');
    for (const [name, option] of Object.entries(definition.options ?? {})) addOption(command, name, option);
    command.addOption(
      new Option('--format <format>', 'how the result is printed').choices(RESULT_FORMATS).default('table'),
    );
    finish(command);
    command.action(() => {
      const given = command.opts<Record<string, OptionValue>>();
      const values = Object.entries(definition.options ?? {}).map(
        ([name, option]) => [name, given[attributeOf(name)] ?? option.default] as const,
      );
      onCommand(definition, Object.fromEntries(values), given);
    });
  }
}

function addOption(command: Command, name: string, option: CommandOption): void {
  if (option.kind === 'flag') {
    command.addOption(new Option(`--${name}`, documented(option)));
    if (option.negatable === true) command.addOption(new Option(`--no-${name}`, `not --${name}`));
    return;
  }
  const made = new Option(`--${name} <${option.placeholder ?? PLACEHOLDERS[option.kind]}>`, documented(option));
  made.argParser((text: string, before: unknown): OptionValue => {
    const value = parseOption(option, text);
    return option.repeatable === true ? [...((before as readonly string[] | undefined) ?? []), value as string] : value;
  });
  if (option.required === true) made.makeOptionMandatory();
  command.addOption(made);
}

const PLACEHOLDERS = { text: 'text', integer: 'n', number: 'n', time: 'time' } as const;

function documented({ doc, repeatable, allowed, default: value }: CommandOption): string {
  const notes: string[] = [];
  if (allowed !== undefined) notes.push(`one of ${allowed.join(', ')}`);
  if (repeatable === true) notes.push('repeatable');
  if (value !== undefined && value !== false && !Array.isArray(value)) notes.push(`default: ${String(value)}`);
  return notes.length === 0 ? doc : `${doc} (${notes.join('; ')})`;
}

/** As commander names an option's value: `dry-run` is `dryRun`. */
function attributeOf(name: string): string {
  return name.replace(/-(.)/g, (_match, letter: string) => letter.toUpperCase());
}

function parseOption(option: CommandOption, text: string): OptionValue {
  switch (option.kind) {
    case 'integer':
    case 'number':
      return parseNumber(option, text);
    case 'time': {
      const time = parseTime(text, Date.now());
      if (time === undefined) throw new InvalidArgumentError(`It must be ${TIME_MEANS}.`);
      return time;
    }
    default: {
      if (text.trim() === '') throw new InvalidArgumentError('It must not be blank.');
      if (option.allowed !== undefined && !option.allowed.includes(text)) {
        throw new InvalidArgumentError(`It must be one of ${option.allowed.join(', ')}.`);
      }
      const problem = option.check?.(text);
      if (problem !== undefined) throw new InvalidArgumentError(`It ${problem}`);
      return text;
    }
  }
}

function parseNumber({ kind, min = -Infinity, max = Infinity }: CommandOption, text: string): number {
  const pattern = kind === 'integer' ? /^-?\d{1,16}$/ : /^-?(?:\d+(?:\.\d*)?|\.\d+)$/;
  const value = pattern.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  const noun = kind === 'integer' ? 'a whole number' : 'a number';
  const range = [
    ...(min === -Infinity ? [] : [`from ${String(min)}`]),
    ...(max === Infinity ? [] : [`to ${String(max)}`]),
  ];
  throw new InvalidArgumentError(`It must be ${[noun, ...range].join(' ')}.`);
}
