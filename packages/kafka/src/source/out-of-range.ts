import type { Broker } from 'kafkajs';

/** What a fetch answers when the offset that it asks for is not in the log. */
interface OutOfRange {
  readonly topic: string;
  readonly partition: number;
}

interface Fetching {
  fetch(request: object): Promise<{ readonly responses: readonly unknown[] }>;
}

const watched = new WeakSet<Broker>();

/**
 * Has a broker object of one consumer's own cluster tell of offsets that are out of range; gives it back. kafkajs would
 * commit a placeholder over the group's offset and begin at its default, so that nobody could say what is gone.
 *
 * @param onOutOfRange resolves to whether it was taken care of (kafkajs then sees an empty answer); must not reject
 */
export function watchRange(
  broker: Broker,
  onOutOfRange: (topic: string, partition: number) => Promise<boolean>,
): Broker {
  if (watched.has(broker)) return broker;
  watched.add(broker);
  const target = broker as unknown as Fetching;
  const fetch = target.fetch.bind(broker);
  target.fetch = async (request) => {
    try {
      return await fetch(request);
    } catch (error) {
      if (!isOutOfRange(error) || !(await onOutOfRange(error.topic, error.partition))) throw error;
      return { responses: [] };
    }
  };
  return broker;
}

function isOutOfRange(error: unknown): error is OutOfRange {
  return error instanceof Error && error.name === 'KafkaJSOffsetOutOfRange' && 'topic' in error && 'partition' in error;
}
