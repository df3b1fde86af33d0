import { cassandraVariables, commonVariables, cqlName, integer, number, redisVariables, text } from '@millrace/runner';
import type { Config } from '@millrace/runner';
import type { TableSchema } from './dataset/table-schema.js';

export const failedBytes = {
  'kafka.failed.max.bytes': integer({
    doc: 'Largest failed record (key, value, headers); a larger one is cut to its first 64 KiB. Must stay under what the broker takes.',
    default: 900_000,
    min: 262_144,
    max: 104_857_600,
    unit: 'bytes',
  }),
};

export const keyspace = {
  'lms-cassandra.keyspace': text({
    doc: "Keyspace of the job's tables.",
    default: 'sunbird_courses',
    syntax: cqlName,
  }),
};

export const aggregatesTable = {
  'lms-cassandra.user_activity_agg.table': text({
    doc: 'Table with the counts by course and unit, shared with other jobs.',
    default: 'user_activity_agg',
    syntax: cqlName,
  }),
};

export const relationSets = {
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
};

/** How a job of this family reaches its services, whatever its topics and tables are. */
export const platformVariables = {
  ...commonVariables,
  ...failedBytes,
  ...cassandraVariables,
  ...keyspace,
  ...aggregatesTable,
  ...redisVariables,
  ...relationSets,
};

/** For a job with state, on services. */
export const stateVariables = {
  'redis.database.state.id': integer({
    doc: "Number of the Redis database with the job's state.",
    default: 13,
    min: 0,
    max: 65_535,
  }),
};

/** Variables that every job of this family has. */
export type PlatformVariables = typeof platformVariables;
/** What a platform reads of a job's configuration. */
export type PlatformConfig = Config<PlatformVariables>;

/** The topics of a job, by what they are for. */
export interface JobTopics<K extends string = string> {
  readonly input: string;
  /** Consumer group that reads the input. */
  readonly groupId: string;
  readonly outputs: Readonly<Record<K, string>>;
}

/** All of a job's output topics, each once. */
export function outputTopicsOf({ outputs }: JobTopics): readonly string[] {
  return [...new Set(Object.values(outputs))];
}

/** The configured name of a table. */
export function tableName(config: AnyConfig, table: TableSchema): string {
  return String(config.get(table.variable));
}

/** Variables with the topics of a job, by what they are for. */
export interface TopicVariables<K extends string = string> {
  readonly input: string;
  readonly groupId: string;
  readonly outputs: Readonly<Record<K, string>>;
}

/** What of a configuration is read by names that another part of the job gives. */
interface AnyConfig {
  get(variable: string): unknown;
}

/** The topics as configured. */
export function configuredTopics<K extends string>(
  config: AnyConfig,
  { input, groupId, outputs }: TopicVariables<K>,
): JobTopics<K> {
  const text = (variable: string): string => String(config.get(variable));
  const topics = Object.entries<string>(outputs).map(([name, variable]) => [name, text(variable)] as const);
  return {
    input: text(input),
    groupId: text(groupId),
    outputs: Object.fromEntries(topics) as Record<K, string>,
  };
}

/** Checks of a job of this family that need more than one value: one line for each problem. */
export function checkPlatformConfig(config: AnyConfig, { input, outputs }: TopicVariables): readonly string[] {
  const topic = String(config.get(input));
  const problems = Object.values(outputs)
    .filter((variable) => config.get(variable) === topic)
    .map((variable) => `${input} and ${variable} are both ${topic}: the job would read what it writes`);
  return [...problems, ...halfCredentials(config)];
}

const CREDENTIALS = [
  ['kafka.sasl.mechanism', 'kafka.sasl.username', 'kafka.sasl.password'],
  ['lms-cassandra.username', 'lms-cassandra.password'],
] as const;

function halfCredentials(config: AnyConfig): readonly string[] {
  return CREDENTIALS.flatMap((names) => {
    const unset = names.filter((name) => config.get(name) === undefined);
    return unset.length === 0 || unset.length === names.length
      ? []
      : [`${names.join(', ')} belong together: set all of them or none (${unset.join(', ')}: not set)`];
  });
}
