import { messageOf } from '@millrace/core';
import type { Invocation } from './cli/invocation.js';
import { parseCommandLine } from './cli/parse-command-line.js';
import { configCommand } from './commands/config.js';
import { dumpCommand, loadCommand, sampleCommand } from './commands/dataset.js';
import { describeCommand } from './commands/describe.js';
import { jobCommand } from './commands/job-command.js';
import { runCommand } from './commands/run.js';
import { openSession, type Session } from './commands/session.js';
import { ConfigError } from './errors.js';
import { ExitCode, exitCodeOf } from './exit-code.js';
import type { Io } from './io.js';

/**
 * The `millrace` command: does what `argv` says and resolves with the exit code. Never rejects.
 *
 * @param argv arguments after the program's name
 */
export async function main(argv: readonly string[], io: Io): Promise<ExitCode> {
  let session: Session | undefined;
  try {
    const parsed = await parseCommandLine(argv, io);
    if (parsed.kind === 'printed') return ExitCode.Done;
    session = await openSession(io, argv, parsed.job, parsed.invocation);
    return await dispatch(session, parsed.invocation);
  } catch (error) {
    return reportError(error, io, session, isDebugging(argv));
  }
}

function dispatch(session: Session, invocation: Invocation): Promise<ExitCode> | ExitCode {
  if ('values' in invocation) return jobCommand(session, invocation.command, invocation.values);
  switch (invocation.command) {
    case 'run':
      return runCommand(session);
    case 'load':
      return loadCommand(session);
    case 'dump':
      return dumpCommand(session);
    case 'sample':
      return sampleCommand(session);
    case 'describe':
      return describeCommand(session);
    case 'config':
      return configCommand(session, invocation.action);
  }
}

function isDebugging(argv: readonly string[]): boolean {
  const at = argv.indexOf('--log-level');
  return argv.includes('--log-level=debug') || (at >= 0 && argv[at + 1] === 'debug');
}

/** The error's stack and those of its causes. */
function stacks(error: unknown): string {
  return error instanceof Error ? `${error.stack ?? error.message}\n${stacks(error.cause)}` : '';
}

/** One line for an error that was to be expected; a stack for a bug, or when debugging. */
function reportError(error: unknown, io: Io, session: Session | undefined, debugging: boolean): ExitCode {
  session?.terminal.clear();
  const mask = session?.mask ?? ((text: string) => text);
  const code = exitCodeOf(error);
  const lines = error instanceof ConfigError ? error.problems : [messageOf(error).replace(/\s*\n\s*/g, ' ')];
  for (const line of lines) io.stderr.write(mask(`millrace: ${line}\n`));
  if (debugging || code === undefined) io.stderr.write(mask(stacks(error)));
  return code ?? ExitCode.Failed;
}
