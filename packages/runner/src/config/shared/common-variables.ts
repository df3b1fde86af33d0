import { kafkaVariables } from './kafka-variables.js';
import { runnerVariables } from './runner-variables.js';
import { taskVariables } from './task-variables.js';

/** What every job on Kafka has; spread it into the job's own variables. */
export const commonVariables = { ...runnerVariables, ...taskVariables, ...kafkaVariables };
