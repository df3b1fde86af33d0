import { CommanderError, type Command } from 'commander';
import { messageOf } from '@millrace/core';
import { runnerVariables } from '../config/shared/runner-variables.js';
import type { VariableTable } from '../config/variable.js';
import { UsageError } from '../errors.js';
import type { Io } from '../io.js';
import { loadJob, type LoadedJob } from '../job/load-job.js';
import type { Invocation } from './invocation.js';
import { buildProgram, peekJob } from './program.js';

/** A command line that was understood, or help that was printed. */
export type ParsedCommandLine =
  | { readonly kind: 'command'; readonly invocation: Invocation; readonly job: LoadedJob }
  | { readonly kind: 'printed'; readonly ok: boolean };

/**
 * Reads the command line. Each variable of the job has a flag, so the job is found and imported first.
 *
 * @throws UsageError, JobNotFoundError
 */
export async function parseCommandLine(argv: readonly string[], io: Io): Promise<ParsedCommandLine> {
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
    return interpret(error);
  }
  if (invocation === undefined || job === undefined) throw new UsageError('no command given; try millrace --help');
  return { kind: 'command', invocation, job };
}

function interpret(error: unknown): ParsedCommandLine {
  if (!(error instanceof CommanderError)) throw error;
  if (error.exitCode === 0) return { kind: 'printed', ok: true };
  if (error.code === 'commander.help') return { kind: 'printed', ok: false };
  const line = messageOf(error)
    .replace(/^error: /, '')
    .replace(/\s*\n\s*/g, ' ')
    .replace(/\.$/, '');
  throw new UsageError(`${line}${line.includes('Did you mean') ? '' : '; try --help'}`, error);
}
