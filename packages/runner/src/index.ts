export { boolean, integer, list, number, port, text } from './config/define.js';
export { cassandraVariables } from './config/shared/cassandra-variables.js';
export { commonVariables } from './config/shared/common-variables.js';
export { kafkaVariables } from './config/shared/kafka-variables.js';
export { redisVariables } from './config/shared/redis-variables.js';
export { runnerVariables } from './config/shared/runner-variables.js';
export { taskVariables } from './config/shared/task-variables.js';
export { tlsVariables } from './config/shared/tls.js';
export { cqlName, hostAndPort, hostName, httpUrl, topicName } from './config/syntax.js';
export type {
  Config,
  Syntax,
  ValueOf,
  Variable,
  VariableFormat,
  VariableTable,
  VariableValue,
} from './config/variable.js';
export { DatasetError } from './dataset-error.js';
export { defineJob } from './define-job.js';
export type {
  CommandReport,
  DatasetCommands,
  DumpOptions,
  Job,
  JobContext,
  JobCounts,
  JobDefinition,
  LoadOptions,
  Progress,
  SampleOptions,
} from './job-definition.js';
