import type { JobCommand } from '../command/job-command.js';
import type { JobDefinition } from '../job-definition.js';
import { savepointCommand } from './savepoint-command.js';
import { stateCommands } from './state-commands.js';

/** The commands about state that every job has. @param definition undefined while help is printed for no job */
export function ownCommands(definition: JobDefinition | undefined): readonly JobCommand[] {
  return [savepointCommand, ...stateCommands(definition)];
}
