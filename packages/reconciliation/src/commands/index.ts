import type { JobCommand } from '@millrace/runner';
import type { ReconciliationVariables } from '../config.js';
import { failedCommands } from './failed/failed-commands.js';

/** What operators can ask of the job, in the order of `--help`. */
export const reconciliationCommands: readonly JobCommand<ReconciliationVariables>[] = [...failedCommands];
