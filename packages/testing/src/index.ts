export { freePort } from './free-port.js';
export { startFaultProxy } from './proxy/fault-proxy.js';
export type { FaultProxy, FaultProxyOptions, ProxyTarget } from './proxy/fault-proxy.js';
export type { AnswerInHand, DropAnswersOptions } from './proxy/faults.js';
export { uniqueName } from './names.js';
export { probe } from './probe.js';
export {
  ServiceEnvironmentError,
  ServiceNotControllableError,
  ServiceStartError,
  ServiceUnavailableError,
} from './errors.js';
export { endpointVariables, servicesMode, type ServicesMode } from './environment.js';
export { serviceNames, serviceSources } from './service.js';
export type { ServiceAddress, ServiceHandle, ServiceHandles, ServiceName, ServiceSource } from './service.js';
export { startService, startServices, type StartOptions, type StartedServices } from './start-services.js';
export { certificatesObstacle, createCertificates, type TestCertificates } from './certificates.js';
export {
  kafkaClusterObstacle,
  startKafkaCluster,
  type KafkaCluster,
  type KafkaClusterOptions,
} from './local/kafka-cluster.js';
export type { CassandraSecurity } from './local/cassandra.js';
export type { RedisSecurity } from './local/redis.js';
export type { KafkaProperties } from './local/kafka-properties.js';
export type { KafkaSaslMechanism, KafkaSecurity } from './local/kafka-security.js';
export { kafkaToolObstacle, runKafkaTool } from './local/kafka-tool.js';
export { describeWithServices, notRunPrefix, type DescribeOptions } from './jest/describe-with-services.js';
export { beginSession, type Session, type SessionEntries, type SessionEntry } from './jest/session.js';
export { servicesAskedFor } from './jest/selected-services.js';
export { cacheFolder } from './local/artifacts.js';
export { isRunning, processStartTime } from './process-table.js';
export {
  formatFailures,
  formatReport,
  mayBeMissing,
  mergeReports,
  type Failure,
  type NotRun,
  type RunReport,
} from './jest/report.js';
