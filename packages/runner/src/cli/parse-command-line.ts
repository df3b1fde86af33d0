import { ownCommands } from '../savepoint/own-commands.js';
import { CommanderError, type Command } from 'commander';
import { messageOf } from '@millrace/core';
import type { JobCommand } from '../command/job-command.js';
import { runnerVariables } from '../config/shared/runner-variables.js';
import type { VariableTable } from '../config/variable.js';
import { UsageError } from '../errors.js';
import type { Io } from '../io.js';
import type { LoadedJob } from '../job/load-job.js';
import { COMMANDS, type Invocation } from './invocation.js';
import { findJob } from './find-job.js';
import { buildProgram } from './program.js';
import { suggest } from './suggest.js';

/** A command line that was understood, or help that was printed. */
export type ParsedCommandLine =
  { readonly kind: 'command'; readonly invocation: Invocation; readonly job: LoadedJob } | { readonly kind: 'printed' };

/**
 * Reads the command line. Each variable of the job has a flag, so the job is found and imported first.
 *
 * @throws UsageError, JobNotFoundError
 */
export async function parseCommandLine(argv: readonly string[], io: Io): Promise<ParsedCommandLine> {
  if (argv.length === 0) throw new UsageError(`no command given: one of ${COMMANDS.join(', ')}; try millrace --help`);
  let invocation: Invocation | undefined;
  const build = (
    variables: VariableTable,
    ownCommands: readonly JobCommand[],
    commands: readonly JobCommand[],
  ): Command =>
    buildProgram({
      ...{ variables, ownCommands, commands },
      stdout: io.stdout,
      stderr: io.stderr,
      onCommand: (understood) => {
        invocation = understood;
      },
    });
  const job = await findJob(argv, build(runnerVariables, [], []), io.cwd);
  const program = build(job?.variables ?? {}, ownCommands(job?.definition), job?.definition.commands ?? []);
  try {
    if (job !== undefined && asksForHelpOf(job, argv, program)) program.outputHelp();
    else program.parse(argv, { from: 'user' });
  } catch (error) {
    return interpret(error, namedCommand(program, argv));
  }
  if (invocation === undefined && argv.includes('--help')) return { kind: 'printed' };
  if (invocation === undefined || job === undefined) throw new UsageError('no command given; try millrace --help');
  return { kind: 'command', invocation, job };
}

/** `millrace JOB --help` */
function asksForHelpOf(job: LoadedJob, argv: readonly string[], program: Command): boolean {
  const [first] = argv.filter((word) => word !== '--help');
  return argv.includes('--help') && first === job.argument && !program.commands.some((known) => known.name() === first);
}

/** The command that was named, in its group where it has one. */
function namedCommand(program: Command, argv: readonly string[]): Command {
  const command = program.commands.find((candidate) => argv.includes(candidate.name()));
  return command === undefined ? program : namedCommand(command, argv);
}

function interpret(error: unknown, command: Command): ParsedCommandLine {
  if (!(error instanceof CommanderError)) throw error;
  if (error.exitCode === 0) return { kind: 'printed' };
  const flags = command.options.map(({ long }) => long ?? '');
  if (error.code === 'commander.unknownOption') throw unknownOption(error, flags);
  if (command.parent !== null && command.commands.length > 0) {
    const names = command.commands.map((each) => each.name()).join(', ');
    throw new UsageError(`${command.name()} takes one of ${names} before the job; try --help`, error);
  }
  const line = messageOf(error)
    .replace(/^error: /, '')
    .replace(/\s*\n\s*/g, ' ')
    .replace(/\.$/, '');
  throw new UsageError(`${line}${line.includes('Did you mean') ? '' : '; try --help'}`, error);
}

/** The message names the flag alone: what follows an equals sign can be a password. */
function unknownOption(error: CommanderError, flags: readonly string[]): UsageError {
  const flag = /'([^'=]+)/.exec(error.message)?.[1] ?? '';
  // What commander says of `--until-drained=yes`.
  if (flags.includes(flag)) return new UsageError(`${flag} takes no value`, error);
  const near = suggest(flag, flags);
  return new UsageError(
    `unknown option ${flag}${near === undefined ? '; try --help' : ` (did you mean ${near}?)`}`,
    error,
  );
}
