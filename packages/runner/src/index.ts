export { defineCommand } from './command/job-command.js';
export type { CommandContext, JobCommand, ResultFormat } from './command/job-command.js';
export { flagOption, numberOption, textOption, textsOption, timeOption } from './command/option.js';
export type { CommandOption, OptionTable, OptionValue, OptionValues } from './command/option.js';
export { boolean, integer, list, number, port, text, topic } from './config/define.js';
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
export { configTable, withConfigTable } from './config/config-table.js';
export { loadConfig } from './config/load-config.js';
export type { Assignment, ConfigSources } from './config/load-config.js';
export { EffectiveConfig } from './config/effective-config.js';
export type { Effective } from './config/effective-config.js';
export { ConfigError, JobNotFoundError, StoppedError, UsageError } from './errors.js';
export { ExitCode } from './exit-code.js';
export type { Io, Output, ParentProcess } from './io.js';
export { jobOptions } from './job-options.js';
export { main } from './main.js';
export { renderTable, shown } from './report/table.js';
export type { TableOptions } from './report/table.js';
