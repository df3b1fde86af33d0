import type { Command } from 'commander';
import { UsageError } from '../errors.js';
import { loadJob, type LoadedJob } from '../job/load-job.js';
import { COMMANDS } from './invocation.js';
import { suggest } from './suggest.js';

/**
 * The job that a command line names, before the job's own flags and commands are known. `COMMAND JOB` for a command of
 * the runner; one that the job defines may have two words (`failed list JOB`), so the job can stand in either place.
 *
 * @param general the program without anything of a job
 * @returns undefined where help is asked for and no job is named
 * @throws JobNotFoundError, UsageError for a command that nobody knows
 */
export async function findJob(argv: readonly string[], general: Command, cwd: string): Promise<LoadedJob | undefined> {
  const needsJob = !argv.includes('--help');
  const [command, job] = wordsOf(argv, general, true);
  if (command === undefined) return undefined;
  if (general.commands.some((known) => known.name() === command)) {
    if (job === undefined) return undefined;
    // General help needs no job.
    return needsJob ? loadJob(job, cwd) : loadJob(job, cwd).catch(() => undefined);
  }
  const failures: unknown[] = [];
  for (const candidate of candidates(argv, general, needsJob)) {
    try {
      return await loadJob(candidate, cwd);
    } catch (error) {
      failures.push(error);
    }
  }
  if (!needsJob) return undefined;
  const near = suggest(command, COMMANDS);
  if (near !== undefined) throw new UsageError(`unknown command '${command}' (Did you mean ${near}?)`);
  if (failures.length > 0) throw failures[0];
  throw new UsageError(
    `unknown command '${command}': one of ${COMMANDS.join(', ')}, or one of a job: millrace ${command} JOB; try --help`,
  );
}

/** Words that may be the job's name, the likeliest first. */
function candidates(argv: readonly string[], general: Command, needsJob: boolean): ReadonlySet<string> {
  const found = new Set<string>();
  // A flag of a command that is not known yet mostly has a value; `--dry-run` has none.
  for (const takesValue of [true, false]) {
    const [first, second, third] = wordsOf(argv, general, takesValue);
    for (const word of needsJob ? [third, second] : [third, second, first]) if (word !== undefined) found.add(word);
  }
  return found;
}

/** What is neither a flag nor a flag's value. */
function wordsOf(argv: readonly string[], program: Command, unknownTakesValue: boolean): readonly string[] {
  const words: string[] = [];
  let command = program;
  for (let index = 0; index < argv.length; index += 1) {
    const word = argv[index] ?? '';
    if (!word.startsWith('-') || word === '-') {
      if (words.length === 0) command = program.commands.find((candidate) => candidate.name() === word) ?? program;
      words.push(word);
    } else if (takesNext(word, command, unknownTakesValue)) index += 1;
  }
  return words;
}

function takesNext(word: string, command: Command, unknownTakesValue: boolean): boolean {
  if (word === '--help' || word === '--version' || word.includes('=')) return false;
  const option = command.options.find(({ long, short }) => long === word || short === word);
  return option === undefined ? unknownTakesValue : option.required;
}
