import { TopicInvalidError } from '../errors.js';
import type { Environment } from '../storage/environment.js';
import { batchLength } from './batch-codec.js';
import { baseOffsetOf, batchKey } from './log-keys.js';
import { Topic } from './topic.js';

const PREFIX = Buffer.from('topic\0');
const BEHIND_PREFIX = Buffer.from('topic\u0001');
const MAX_TOPICS = 65_535;
const MAX_PARTITIONS = 10_000;

/** Kafka's rule, so that a topic can have the same name there. */
const LEGAL_NAME = /^(?!\.{1,2}$)[A-Za-z0-9._-]{1,249}$/;

interface StoredTopic {
  readonly id: number;
  readonly partitions: number;
}

/** @throws TopicInvalidError */
export function checkTopic(name: string, partitions: number): void {
  if (!LEGAL_NAME.test(name)) {
    throw new TopicInvalidError(name, 'a name has 1 to 249 of the characters a-z A-Z 0-9 . _ - and is not . or ..');
  }
  if (!Number.isInteger(partitions) || partitions < 1 || partitions > MAX_PARTITIONS) {
    throw new TopicInvalidError(
      name,
      `${String(partitions)} is no number of partitions from 1 to ${String(MAX_PARTITIONS)}`,
    );
  }
}

/** All topics, with the end of each partition looked up in the log. */
export function loadTopics(environment: Environment): Topic[] {
  const topics: Topic[] = [];
  for (const { key, value } of environment.meta.getRange({ start: PREFIX, end: BEHIND_PREFIX })) {
    const stored = JSON.parse(value.toString()) as StoredTopic;
    const ends = Array.from({ length: stored.partitions }, (_, partition) => endOf(environment, stored.id, partition));
    topics.push(new Topic(key.toString('utf8', PREFIX.length), stored.id, ends));
  }
  return topics;
}

/** Stores a new topic; call it inside a transaction. */
export function storeTopic(
  environment: Environment,
  name: string,
  partitions: number,
  existing: Iterable<Topic>,
): Topic {
  const id = Math.max(0, ...[...existing].map((topic) => topic.id)) + 1;
  if (id > MAX_TOPICS) throw new TopicInvalidError(name, `the store has its ${String(MAX_TOPICS)} topics already`);
  const stored: StoredTopic = { id, partitions };
  environment.meta.putSync(Buffer.concat([PREFIX, Buffer.from(name)]), Buffer.from(JSON.stringify(stored)));
  return new Topic(name, id, new Array<number>(partitions).fill(0));
}

function endOf(environment: Environment, topicId: number, partition: number): number {
  const last = environment.log.getRange({
    start: batchKey(topicId, partition, Number.MAX_SAFE_INTEGER),
    end: batchKey(topicId, partition, 0),
    inclusiveEnd: true,
    reverse: true,
    limit: 1,
  });
  for (const { key, value } of last) return baseOffsetOf(key) + batchLength(value);
  return 0;
}
