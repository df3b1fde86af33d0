import { Argument, Command, Option } from 'commander';
import type { Assignment } from '../config/load-config.js';
import type { VariableTable } from '../config/variable.js';
import type { JobCommand } from '../command/job-command.js';
import { UsageError } from '../errors.js';
import type { Output } from '../io.js';
import { version } from '../version.js';
import type { CommandName, CommandOptions, Invocation } from './invocation.js';
import { addJobCommands, type OnJobCommand } from './job-commands.js';
import {
  addConfigOptions,
  addLogOptions,
  addSummaryOption,
  folder,
  parallelismOption,
  wholeNumber,
} from './options.js';

const EXIT_CODES = `
Exit codes:
  0   done, or stopped by a signal after a clean drain
  1   the job failed
  2   wrong usage or configuration, bad data set, missing topic or table, refused credentials, folder in use
  3   stopped with work undone (second signal, or stop.timeout)
  69  a service could not be reached within startup.timeout

Values: flag over environment over file over default. JOB is a package (reconciliation stands for
@millrace/reconciliation) or the path of a module whose default export is a job definition.
millrace JOB --help also lists the commands of the job, millrace COMMAND JOB --help its variables.
`;

/** What is known while the command line is read. */
export interface ProgramContext {
  /** Of the job, where it is known already. */
  readonly variables: VariableTable;
  /** That every job has. */
  readonly ownCommands: readonly JobCommand[];
  /** That the job defines. */
  readonly commands: readonly JobCommand[];
  readonly stdout: Output;
  readonly stderr: Output;
  /** Called once, when the command line is understood. */
  onCommand(invocation: Invocation): void;
}

/** The `millrace` command for commander. Errors are thrown, nothing exits. */
export function buildProgram(context: ProgramContext): Command {
  const assignments: Assignment[] = [];
  const program = new Command('millrace')
    .description('Runs stream-processing jobs: on Kafka and databases, or embedded in a folder.')
    .version(version(), '--version', 'print the version')
    .helpOption('--help', 'show help')
    .helpCommand(false)
    .addHelpText('after', EXIT_CODES)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void context.stdout.write(text),
      writeErr: (text) => void context.stderr.write(text),
      getOutHelpWidth: () => 120,
      getErrHelpWidth: () => 120,
      // The caller prints the message, in one line.
      outputError: () => undefined,
    });

  const add = (name: CommandName, description: string): Command => {
    const command = program.command(name).description(description).argument('<job>', 'package or module of the job');
    return command.action((...args: unknown[]) => {
      const action = name === 'config' ? (args[1] as 'show' | 'check') : undefined;
      context.onCommand({ command: name, action, assignments, options: withOneFile(command.opts()) });
    });
  };

  addData(
    add('run', 'run the job until a signal stops it')
      .option('--until-drained', 'stop when all that was in the input at the start is settled and committed')
      .addOption(new Option('--from-savepoint <dir>', 'begin with the state of this savepoint, once').argParser(folder))
      .option('--allow-non-restored-state', 'drop state of operators that the graph does not have any more')
      .addOption(parallelismOption(assignments)),
  );
  addData(
    add('load', 'load a data set into what the job is configured for')
      .requiredOption('--dataset <dir>', 'folder of the data set', folder)
      .addOption(
        new Option('--partitions <n>', 'partitions of topics that are created (default: 4)').argParser(
          wholeNumber(1, 10_000),
        ),
      ),
  );
  addData(
    add('dump', 'write tables and output topics as files').requiredOption('--out <dir>', 'folder to write to', folder),
  );
  addLogOptions(
    addConfigOptions(
      add('describe', "print the job's graph").addOption(
        new Option('--format <format>', 'how it is printed').choices(['text', 'json', 'mermaid']).default('text'),
      ),
      context.variables,
      assignments,
    ),
  );
  addLogOptions(
    addConfigOptions(
      add('config', 'show the effective configuration, or check it')
        .addArgument(
          new Argument('<show|check>', 'show: values with where each came from; check: exit code').choices([
            'show',
            'check',
          ]),
        )
        .addOption(new Option('--format <format>', 'how show prints').choices(['text', 'json']).default('text')),
      context.variables,
      assignments,
    ),
  );
  addLogOptions(
    add('sample', 'write a data set that looks like real ones; the same seed gives the same bytes')
      .requiredOption('--out <dir>', 'folder to write to', folder)
      .addOption(new Option('--users <n>', 'learners').argParser(wholeNumber(1, 10_000_000)))
      .addOption(new Option('--courses <n>', 'courses').argParser(wholeNumber(1, 1_000_000)))
      .addOption(new Option('--seed <n>', 'seed of the generator').argParser(wholeNumber(0, Number.MAX_SAFE_INTEGER))),
  );
  const finish = (command: Command): Command =>
    addLogOptions(addConfigOptions(command, context.variables, assignments));
  const onJobCommand: OnJobCommand = (command, values, options) => {
    context.onCommand({ command, values, assignments, options: withOneFile(options) });
  };
  addJobCommands(program, context.ownCommands, finish, onJobCommand);
  addJobCommands(program, context.commands, finish, onJobCommand, 'Commands of the job:');
  return program;

  function addData(command: Command): void {
    addLogOptions(addSummaryOption(addConfigOptions(command, context.variables, assignments)));
  }
}

function withOneFile(options: Readonly<Record<string, unknown>>): CommandOptions {
  const { config: short, 'config.file.path': long } = options as Record<string, string | undefined>;
  if (short !== undefined && long !== undefined && short !== long) {
    throw new UsageError(`--config ${short} and --config.file.path ${long} name two files; give one of them`);
  }
  const config = long ?? short;
  return config === undefined ? options : { ...options, config };
}
