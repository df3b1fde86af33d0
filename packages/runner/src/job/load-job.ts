import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { messageOf } from '@millrace/core';
import { COMMANDS } from '../cli/invocation.js';
import { problemOfCommands } from '../command/check-commands.js';
import { runnerVariables } from '../config/shared/runner-variables.js';
import type { VariableTable } from '../config/variable.js';
import { JobNotFoundError } from '../errors.js';
import type { JobDefinition } from '../job-definition.js';
import { resolveJobEntry } from './resolve-entry.js';

/** A job with everything that can be configured: the runner's variables and its own. */
export interface LoadedJob {
  /** As the user named it. */
  readonly argument: string;
  readonly definition: JobDefinition;
  /** The job's own win where both have a name. */
  readonly variables: VariableTable;
}

/**
 * Imports the job that `argument` names; the job's package is found from the working directory, then from the runner.
 *
 * @throws JobNotFoundError
 */
export async function loadJob(argument: string, cwd: string): Promise<LoadedJob> {
  const entry = resolveJobEntry(argument, [cwd, dirname(fileURLToPath(import.meta.url))]);
  if (entry === undefined) {
    const packages = argument.startsWith('@') ? argument : `@millrace/${argument} or ${argument}`;
    throw new JobNotFoundError(
      `job ${argument} not found: no package ${packages} is installed here; a module is given by its path, ./${argument}.mjs for instance`,
    );
  }
  if (!existsSync(entry.path)) {
    const hint = entry.packageName === undefined ? '' : ` (the package ${entry.packageName} is not built)`;
    throw new JobNotFoundError(`job ${argument} not found: ${entry.path} does not exist${hint}`);
  }
  let module: Record<string, unknown>;
  try {
    module = (await import(pathToFileURL(entry.path).href)) as Record<string, unknown>;
  } catch (error) {
    throw new JobNotFoundError(`job ${argument}: ${entry.path} cannot be imported: ${firstLine(error)}`, error);
  }
  const definition = module['default'];
  if (!isDefinition(definition)) {
    throw new JobNotFoundError(`job ${argument}: the default export of ${entry.path} is no job definition`);
  }
  const problem = problemOfCommands(definition.commands ?? [], COMMANDS);
  if (problem !== undefined) throw new JobNotFoundError(`job ${argument} cannot be used: ${problem}`);
  return { argument, definition, variables: { ...runnerVariables, ...definition.variables } };
}

function isDefinition(value: unknown): value is JobDefinition {
  if (typeof value !== 'object' || value === null) return false;
  const { name, variables, create } = value as Partial<Record<keyof JobDefinition, unknown>>;
  return (
    typeof name === 'string' && typeof variables === 'object' && variables !== null && typeof create === 'function'
  );
}

function firstLine(error: unknown): string {
  return messageOf(error).split('\n')[0] ?? '';
}
