import type { VariableTable } from './config/variable.js';
import type { JobDefinition } from './job-definition.js';

/** Types a job's definition by its variables; make the result the default export of the job's package. */
export function defineJob<const V extends VariableTable>(definition: JobDefinition<V>): JobDefinition<V> {
  return definition;
}
