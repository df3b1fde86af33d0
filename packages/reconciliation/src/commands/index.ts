import type { JobCommand } from '@millrace/runner';
import type { ReconciliationVariables } from '../config.js';
import { driftCommand } from './drift/drift-command.js';
import { explainCommand } from './explain/explain-command.js';
import { failedCommands } from './failed/failed-commands.js';
import { requestCommand } from './request/request-command.js';

/** What operators can ask of the job, in the order of `--help`. */
export const reconciliationCommands: readonly JobCommand<ReconciliationVariables>[] = [
  explainCommand,
  driftCommand,
  requestCommand,
  ...failedCommands,
];
