import { CommanderError, type Command } from 'commander';
import { messageOf } from '@millrace/core';
import { runnerVariables } from '../config/shared/runner-variables.js';
import type { VariableTable } from '../config/variable.js';
import { UsageError } from '../errors.js';
import type { Io } from '../io.js';
import { loadJob, type LoadedJob } from '../job/load-job.js';
import { COMMANDS, type Invocation } from './invocation.js';
import { buildProgram, peekJob } from './program.js';
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
  const build = (variables: VariableTable): Command =>
    buildProgram({
      variables,
      stdout: io.stdout,
      stderr: io.stderr,
      onCommand: (understood) => {
        invocation = understood;
      },
    });
  const name = peekJob(argv, build(runnerVariables));
  let job: LoadedJob | undefined;
  if (name !== undefined) {
    try {
      job = await loadJob(name, io.cwd);
    } catch (error) {
      // General help needs no job.
      if (!argv.includes('--help')) throw error;
    }
  }
  try {
    build(job?.variables ?? {}).parse(argv, { from: 'user' });
  } catch (error) {
    return interpret(error, knownFlags(build(job?.variables ?? {}), argv));
  }
  if (invocation === undefined || job === undefined) throw new UsageError('no command given; try millrace --help');
  return { kind: 'command', invocation, job };
}

/** Flags of the command that was named. */
function knownFlags(program: Command, argv: readonly string[]): readonly string[] {
  const command = program.commands.find((candidate) => argv.includes(candidate.name())) ?? program;
  return command.options.map(({ long }) => long ?? '');
}

function interpret(error: unknown, flags: readonly string[]): ParsedCommandLine {
  if (!(error instanceof CommanderError)) throw error;
  if (error.exitCode === 0) return { kind: 'printed' };
  if (error.code === 'commander.unknownOption') throw unknownOption(error, flags);
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
