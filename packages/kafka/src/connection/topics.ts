import { type Clock, sleep } from '@millrace/core';
import { ConfigResourceTypes } from '../kafkajs/library.js';
import { MissingTopicError } from '../errors.js';
import { protocolErrorType } from '../error-kind.js';
import type { AdminSession } from './admin-session.js';

/** What the cluster says of a topic. */
export interface TopicDescription {
  readonly topic: string;
  /** Number of partitions. */
  readonly partitions: number;
  /** Effective configuration by Kafka's names; undefined where these credentials may not read it. */
  readonly config: ReadonlyMap<string, string> | undefined;
  /** `retention.ms`: milliseconds, -1 = never; undefined where unknown. */
  readonly retentionMs: number | undefined;
  /** `max.message.bytes`: bytes of the largest record batch; undefined where unknown. */
  readonly maxMessageBytes: number | undefined;
}

/** A topic that is to be created. */
export interface NewTopic {
  readonly topic: string;
  readonly partitions: number;
  /** @default the broker's default */
  readonly replicationFactor?: number;
  /** By Kafka's names, for instance `{ 'retention.ms': '-1' }`. */
  readonly config?: Readonly<Record<string, string>>;
}

/** Those of `topics` that do not exist. */
export async function missingTopics(admin: Pick<AdminSession, 'use'>, topics: readonly string[]): Promise<string[]> {
  const existing = new Set(await admin.use((client) => client.listTopics()));
  return topics.filter((topic) => !existing.has(topic));
}

export async function describeTopic(admin: AdminSession, address: string, topic: string): Promise<TopicDescription> {
  if ((await missingTopics(admin, [topic])).length > 0) throw new MissingTopicError([topic], address);
  const metadata = await admin.use((client) => client.fetchTopicMetadata({ topics: [topic] }));
  const partitions = metadata.topics.find((each) => each.name === topic)?.partitions.length ?? 0;
  if (partitions === 0) throw new MissingTopicError([topic], address);
  const config = await topicConfig(admin, topic);
  return {
    topic,
    partitions,
    config,
    retentionMs: numberOf(config, 'retention.ms'),
    maxMessageBytes: numberOf(config, 'max.message.bytes'),
  };
}

/** Undefined where it may not be read: a job needs no permission to describe configurations. */
async function topicConfig(admin: AdminSession, topic: string): Promise<ReadonlyMap<string, string> | undefined> {
  try {
    const { resources } = await admin.use((client) =>
      client.describeConfigs({
        includeSynonyms: false,
        resources: [{ type: ConfigResourceTypes.TOPIC, name: topic }],
      }),
    );
    return new Map(resources[0]?.configEntries.map((entry) => [entry.configName, entry.configValue]));
  } catch {
    return undefined;
  }
}

function numberOf(config: ReadonlyMap<string, string> | undefined, name: string): number | undefined {
  const text = config?.get(name);
  return text === undefined || !/^-?\d+$/.test(text) ? undefined : Number(text);
}

/** Brokers hear of a new topic from the controller, one sooner than another. */
const SEEN_WITHIN_MS = 30_000;
const LOOK_EVERY_MS = 100;

/** Creates what does not exist and waits until the brokers know it; gives the names of those that it created. */
export async function createTopics(
  admin: Pick<AdminSession, 'use'>,
  clock: Clock,
  topics: readonly NewTopic[],
): Promise<string[]> {
  const missing = new Set(
    await missingTopics(
      admin,
      topics.map(({ topic }) => topic),
    ),
  );
  const wanted = topics.filter(({ topic }) => missing.has(topic));
  if (wanted.length === 0) return [];
  try {
    await admin.use((client) =>
      client.createTopics({
        waitForLeaders: true,
        timeout: 30_000,
        topics: wanted.map(({ topic, partitions, replicationFactor, config }) => ({
          topic,
          numPartitions: partitions,
          replicationFactor: replicationFactor ?? -1,
          configEntries: Object.entries(config ?? {}).map(([name, value]) => ({ name, value })),
        })),
      }),
    );
  } catch (error) {
    // Somebody else was quicker: what was wanted is there.
    if (protocolErrorType(error) !== 'TOPIC_ALREADY_EXISTS') throw error;
  }
  const names = wanted.map(({ topic }) => topic);
  await waitUntilKnown(admin, clock, names);
  return names;
}

/**
 * kafkajs waits for leaders, but a broker that does not know the topic yet ends that wait, and the next try hears that it
 * exists: whoever used it then would be told that there is none.
 */
async function waitUntilKnown(
  admin: Pick<AdminSession, 'use'>,
  clock: Clock,
  topics: readonly string[],
): Promise<void> {
  const deadline = clock.monotonic() + SEEN_WITHIN_MS;
  while (clock.monotonic() < deadline && (await missingTopics(admin, topics)).length > 0) {
    await sleep(clock, LOOK_EVERY_MS);
  }
  // Rejects for a partition without a leader; the session tries that again.
  await admin.use((client) => client.fetchTopicMetadata({ topics: [...topics] }));
}

/** Sets configuration of a topic; what is not named goes back to the broker's default (Kafka's AlterConfigs). */
export async function configureTopic(
  admin: AdminSession,
  topic: string,
  config: Readonly<Record<string, string>>,
): Promise<void> {
  const configEntries = Object.entries(config).map(([name, value]) => ({ name, value }));
  await admin.use((client) =>
    client.alterConfigs({
      validateOnly: false,
      resources: [{ type: ConfigResourceTypes.TOPIC, name: topic, configEntries }],
    }),
  );
}
