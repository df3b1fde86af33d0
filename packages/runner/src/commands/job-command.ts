import type { CommandContext, JobCommand, ResultFormat } from '../command/job-command.js';
import type { OptionValue } from '../command/option.js';
import type { ExitCode } from '../exit-code.js';
import { interruptible } from './interruptible.js';
import { logNotices, requireBackend, type Session } from './session.js';

/** A command that the job defines. */
export function jobCommand(
  session: Session,
  command: JobCommand,
  values: Readonly<Record<string, OptionValue>>,
): Promise<ExitCode> {
  if (command.needsBackend ?? true) requireBackend(session);
  logNotices(session);
  const { io, terminal, context, options } = session;
  return interruptible(session, command.name, async (signal, progress) => {
    const given: CommandContext = {
      ...context,
      format: (options.format ?? 'table') as ResultFormat,
      out: {
        write: (text) => {
          terminal.clear();
          return io.stdout.write(text);
        },
        isTTY: io.stdout.isTTY,
        columns: io.stdout.columns,
      },
      note: (line) => {
        terminal.line(`${line}\n`);
      },
      ...{ signal, progress, cwd: io.cwd },
    };
    await command.run(given, values);
    // What a stopped command leaves undone must not look done.
    signal.throwIfAborted();
  });
}
