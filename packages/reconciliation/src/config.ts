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
  topicName,
} from '@millrace/runner';

/** Topics and the consumer group. The aliases are the names that the deployed Flink job reads. */
const topics = {
  'kafka.input.topic': text({
    doc: 'Topic with the requests for a sync, keyed by user id.',
    default: '{{env}}.batch.enrolment.sync.request',
    syntax: topicName,
  }),
  'kafka.output.failed.topic': text({
    doc: 'Topic for requests that failed, each with its cause.',
    default: '{{env}}.enrolment.reconciliation.failed',
    syntax: topicName,
  }),
  'kafka.audit.topic': text({
    doc: 'Topic for the telemetry event of a completion.',
    default: '{{env}}.telemetry.raw',
    aliases: ['kafka.output.audit.topic'],
    syntax: topicName,
  }),
  'kafka.certissue.topic': text({
    doc: 'Topic for certificate requests, read by the certificate pre-processor.',
    default: '{{env}}.issue.certificate.request',
    aliases: ['kafka.output.certissue.topic'],
    syntax: topicName,
  }),
  'kafka.groupId': text({
    doc: 'Consumer group; the job goes on where this group committed, whoever did.',
    default: '{{env}}-enrolment-reconciliation-group',
    syntax: { pattern: /^\S.{0,254}$/u, means: 'a consumer group (1 to 255 characters)' },
  }),
  'kafka.failed.max.bytes': integer({
    doc: 'Largest failed record (key, value, headers); a larger one is cut to its first 64 KiB. Must stay under what the broker takes.',
    default: 900_000,
    min: 262_144,
    max: 104_857_600,
    unit: 'bytes',
  }),
};

const tables = {
  'lms-cassandra.keyspace': text({
    doc: "Keyspace of the job's tables.",
    default: 'sunbird_courses',
    syntax: cqlName,
  }),
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
  'lms-cassandra.user_activity_agg.table': text({
    doc: 'Table with the counts by course and unit, shared with other jobs.',
    default: 'user_activity_agg',
    syntax: cqlName,
  }),
  'threshold.batch.write.size': integer({
    doc: 'Largest number of updates of one table in a batch; 1 = single statements, which several nodes may take faster.',
    default: 10,
    min: 1,
    max: 1_000,
  }),
};

const relationCache = {
  'redis.database.relationCache.id': integer({
    doc: 'Number of the Redis database with the leaf nodes, optional nodes and ancestors of the courses.',
    default: 10,
    min: 0,
    max: 65_535,
  }),
  'relation.cache.expiry': number({
    doc: 'How long a set read from the relation cache may be used again in the process; 0 = never.',
    default: 5,
    min: 0,
    max: 86_400,
    unit: 's',
  }),
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

/** Checks that need more than one value: one line for each problem. */
export function checkReconciliationConfig(config: ReconciliationConfig): readonly string[] {
  const problems: string[] = [];
  const input = config.get('kafka.input.topic');
  for (const name of outputTopicNames) {
    if (config.get(name) === input) {
      problems.push(`kafka.input.topic and ${name} are both ${input}: the job would read what it writes`);
    }
  }
  return [...problems, ...halfCredentials(config)];
}

const CREDENTIALS = [
  ['kafka.sasl.mechanism', 'kafka.sasl.username', 'kafka.sasl.password'],
  ['lms-cassandra.username', 'lms-cassandra.password'],
] as const;

function halfCredentials(config: ReconciliationConfig): readonly string[] {
  return CREDENTIALS.flatMap((names) => {
    const unset = names.filter((name) => config.get(name) === undefined);
    return unset.length === 0 || unset.length === names.length
      ? []
      : [`${names.join(', ')} belong together: set all of them or none (${unset.join(', ')}: not set)`];
  });
}

const outputTopicNames = ['kafka.output.failed.topic', 'kafka.audit.topic', 'kafka.certissue.topic'] as const;

/** The topics that the job writes. */
export interface OutputTopics {
  readonly failed: string;
  readonly audit: string;
  readonly certificates: string;
}

/** The output topics as configured. */
export function outputTopics(config: ReconciliationConfig): OutputTopics {
  return {
    failed: config.get('kafka.output.failed.topic'),
    audit: config.get('kafka.audit.topic'),
    certificates: config.get('kafka.certissue.topic'),
  };
}

/** The output topics, each once. */
export function outputTopicList(config: ReconciliationConfig): readonly string[] {
  return [...new Set(outputTopicNames.map((name) => config.get(name)))];
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
