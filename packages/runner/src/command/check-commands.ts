import type { JobCommand } from './job-command.js';

const NAME = /^[a-z][a-z0-9-]*( [a-z][a-z0-9-]*)?$/;
const OPTION = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;

/** Names of options that every command of a job has. */
const RESERVED = ['config', 'embedded', 'set', 'format', 'log-format', 'log-level', 'help', 'version'];

/** What is wrong with the commands that a job defines; undefined where nothing is. */
export function problemOfCommands(commands: readonly JobCommand[], own: readonly string[]): string | undefined {
  const names = new Set<string>();
  const first = new Map<string, boolean>();
  for (const { name, options = {} } of commands) {
    if (!NAME.test(name)) return `"${name}" is no name for a command (one or two words in lower case)`;
    const [head = '', sub] = name.split(' ');
    if (own.includes(head)) return `the command ${name} has the name of one of the runner's own`;
    if (names.has(name)) return `it has two commands ${name}`;
    if (first.has(head) && first.get(head) !== (sub !== undefined)) return `${head} is both a command and a group`;
    names.add(name);
    first.set(head, sub !== undefined);
    const wrong = Object.keys(options).find((option) => !OPTION.test(option) || RESERVED.includes(option));
    if (wrong !== undefined) return `its command ${name} cannot have an option --${wrong}`;
  }
  return undefined;
}
