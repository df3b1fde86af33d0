import type { Config } from '@millrace/runner';
import {
  boolean,
  cassandraVariables,
  commonVariables,
  cqlName,
  httpUrl,
  integer,
  number,
  redisVariables,
  text,
  topic,
} from '@millrace/runner';
import {
  aggregatesTable,
  checkPlatformConfig,
  configuredTopics,
  failedBytes,
  keyspace,
  relationSets,
} from './platform-config.js';
import type { JobTopics } from './platform-config.js';

/** Topics and the consumer group. The aliases are the names that the deployed Flink job reads. */
const topics = {
  'kafka.input.topic': topic(
    'Topic with the requests for a sync, keyed by user id.',
    '{{env}}.batch.enrolment.sync.request',
  ),
  'kafka.output.failed.topic': topic(
    'Topic for requests that failed, each with its cause.',
    '{{env}}.enrolment.reconciliation.failed',
  ),
  'kafka.audit.topic': topic('Topic for the telemetry event of a completion.', '{{env}}.telemetry.raw', [
    'kafka.output.audit.topic',
  ]),
  'kafka.certissue.topic': topic(
    'Topic for certificate requests, read by the certificate pre-processor.',
    '{{env}}.issue.certificate.request',
    ['kafka.output.certissue.topic'],
  ),
  'kafka.groupId': text({
    doc: 'Consumer group; the job goes on where this group committed, whoever did.',
    default: '{{env}}-enrolment-reconciliation-group',
    syntax: { pattern: /^\S.{0,254}$/u, means: 'a consumer group (1 to 255 characters)' },
  }),
  ...failedBytes,
};

const tables = {
  ...keyspace,
  'lms-cassandra.content_consumption.table': text({
    doc: 'Table with the progress by content.',
    default: 'user_content_consumption',
    aliases: ['lms-cassandra.consumption.table'],
    syntax: cqlName,
  }),
  'lms-cassandra.user_enrolments.table': text({
    doc: 'Table with the enrolments and their progress.',
    default: 'user_enrolments',
    syntax: cqlName,
  }),
  ...aggregatesTable,
  'threshold.batch.write.size': integer({
    doc: 'Largest number of updates of one table in a batch; 1 = single statements, which several nodes may take faster.',
    default: 10,
    min: 1,
    max: 1_000,
  }),
};

const relationCache = {
  ...relationSets,
  'relation.cache.missing.wait': number({
    doc: "How long a course's missing leaf nodes are looked for again before its requests fail.",
    default: 5,
    min: 0,
    max: 3_600,
    unit: 's',
  }),
  'relation.cache.missing.expiry': number({
    doc: 'How long the finding that leaf nodes are missing stands for further requests of the course.',
    default: 10,
    min: 0,
    max: 86_400,
    unit: 's',
  }),
};

const activity = {
  'activity.module.aggs.enabled': boolean({
    doc: 'Count completed contents by unit too, not only by course.',
    default: true,
  }),
  'activity.filter.processed.enrolments': boolean({
    doc: 'Skip enrolments that are completed already (status 2).',
    default: true,
  }),
  'activity.certificate.recovery': boolean({
    doc: 'For a completed enrolment without a certificate, ask for the certificate again (with the filter on).',
    default: false,
  }),
  'activity.collection.status.cache.expiry': number({
    doc: "How long a collection's status, as the search service told it, is used again; 0 = never.",
    default: 3_600,
    min: 0,
    max: 2_000_000,
    unit: 's',
  }),
  'service.search.basePath': text({
    doc: 'Base URL of the search service, without `/v3/search`; asked only where leaf nodes are missing.',
    syntax: httpUrl,
  }),
};

/** Of the Flink job's own parallelism; here every process runs all operators. */
const flinkParallelism = {
  'task.consumer.parallelism': integer({ doc: 'Of the Flink job.', default: 1, noEffect: true }),
  'task.enrolment.reconciliation.parallelism': integer({ doc: 'Of the Flink job.', default: 1, noEffect: true }),
  'task.enrolment.complete.parallelism': integer({ doc: 'Of the Flink job.', default: 1, noEffect: true }),
};

/** All variables of the job, under their documented names. */
export const reconciliationVariables = {
  ...commonVariables,
  ...topics,
  ...cassandraVariables,
  ...tables,
  ...redisVariables,
  ...relationCache,
  ...activity,
  ...flinkParallelism,
};

/** The job's variables. */
export type ReconciliationVariables = typeof reconciliationVariables;
/** The job's configuration, as it is read. */
export type ReconciliationConfig = Config<ReconciliationVariables>;

/** Variables with the job's topics. */
export const reconciliationTopicVariables = {
  input: 'kafka.input.topic',
  groupId: 'kafka.groupId',
  outputs: {
    certificates: 'kafka.certissue.topic',
    audit: 'kafka.audit.topic',
    failed: 'kafka.output.failed.topic',
  },
} as const;

/** Checks that need more than one value: one line for each problem. */
export function checkReconciliationConfig(config: ReconciliationConfig): readonly string[] {
  return checkPlatformConfig(config, reconciliationTopicVariables);
}

/** The topics that the job writes. */
export type OutputTopics = JobTopics<'certificates' | 'audit' | 'failed'>['outputs'];

/** All topics of the job as configured. */
export function reconciliationTopics(config: ReconciliationConfig): JobTopics<keyof OutputTopics> {
  return configuredTopics(config, reconciliationTopicVariables);
}

/** The output topics as configured. */
export function outputTopics(config: ReconciliationConfig): OutputTopics {
  return reconciliationTopics(config).outputs;
}

/** Configured names of the tables by their production names. */
export interface TableNames {
  readonly user_enrolments: string;
  readonly user_content_consumption: string;
  readonly user_activity_agg: string;
}

export function tableNames(config: ReconciliationConfig): TableNames {
  return {
    user_enrolments: config.get('lms-cassandra.user_enrolments.table'),
    user_content_consumption: config.get('lms-cassandra.content_consumption.table'),
    user_activity_agg: config.get('lms-cassandra.user_activity_agg.table'),
  };
}
