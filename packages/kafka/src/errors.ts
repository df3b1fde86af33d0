import { messageOf, MillraceError, SetupError } from '@millrace/core';

/** An option of this package has a value that cannot work; the message names the option and what is allowed. */
export class KafkaOptionsError extends SetupError {
  constructor(message: string) {
    super('ERR_KAFKA_OPTIONS', message);
  }
}

/** Topics that must exist do not (nothing here ever creates one by itself). */
export class MissingTopicError extends SetupError {
  readonly topics: readonly string[];

  constructor(topics: readonly string[], address: string) {
    const names = topics.map((topic) => JSON.stringify(topic)).join(', ');
    const what = topics.length === 1 ? `Kafka topic ${names} does not exist` : `Kafka topics ${names} do not exist`;
    super(
      'ERR_KAFKA_TOPIC_MISSING',
      `${what} at ${address} (or may not be described with these credentials): create ${topics.length === 1 ? 'it' : 'them'}, or correct the name`,
    );
    this.topics = topics;
  }
}

/** Topics that are to be read together partition by partition have different numbers of them. */
export class CoPartitionError extends SetupError {
  constructor(counts: ReadonlyMap<string, number>) {
    const each = [...counts].map(([topic, count]) => `${JSON.stringify(topic)} has ${String(count)}`);
    super(
      'ERR_KAFKA_CO_PARTITION',
      `topics that are read by one source must have the same number of partitions: ${each.join(', ')}; add partitions ` +
        'to the smaller ones (their keys move), repartition one, or set coPartitioned to false where nothing joins them',
    );
  }
}

/** The brokers refused the credentials, or the account may not do what was asked. */
export class KafkaAccessError extends SetupError {
  constructor(address: string, cause: unknown) {
    super('ERR_KAFKA_ACCESS', `Kafka at ${address} refused access: ${messageOf(cause)}`, { cause });
  }
}

/** TLS to the brokers cannot work as it is set up: a certificate that one side does not accept, for the most part. */
export class KafkaTlsError extends SetupError {
  /** @param reason one line */
  constructor(address: string, reason: string, cause: unknown) {
    super('ERR_KAFKA_TLS', `Kafka at ${address}: TLS cannot be used: ${reason}`, { cause });
  }
}

/** Offsets could not be committed; nothing is lost, the runtime tries again at its next checkpoint. */
export class OffsetCommitError extends MillraceError {
  constructor(groupId: string, cause: unknown) {
    super('ERR_KAFKA_COMMIT', `offsets of group ${JSON.stringify(groupId)} were not committed: ${messageOf(cause)}`, {
      cause,
    });
  }
}

/** The client gave the consumer up; the job attempt fails and its restart strategy decides. */
export class ConsumerCrashedError extends MillraceError {
  constructor(groupId: string, topics: readonly string[], cause: unknown) {
    super(
      'ERR_KAFKA_CONSUMER',
      `the consumer of group ${JSON.stringify(groupId)} on ${topics.join(', ')} stopped for good: ${messageOf(cause)}`,
      { cause },
    );
  }
}

/** The log went back behind what was read already (truncated or made anew): positions of this attempt mean nothing now. */
export class LogRewoundError extends MillraceError {
  constructor(topic: string, partition: number, offset: number, expected: number) {
    super(
      'ERR_KAFKA_LOG_REWOUND',
      `${topic}-${String(partition)}: offset ${String(offset)} was delivered where ${String(expected)} or later was expected; ` +
        'the topic was truncated or created anew, the reset policy decides at the next start',
    );
  }
}

/** One record is larger than the broker takes, and no smaller stand-in was given. */
export class RecordTooLargeError extends MillraceError {
  constructor(topic: string, partition: number, bytes: number, cause: unknown) {
    super(
      'ERR_KAFKA_RECORD_TOO_LARGE',
      `${topic}-${String(partition)}: a record of ${String(bytes)} bytes is larger than the topic takes: ` +
        'raise max.message.bytes of the topic, or give the sink an onTooLarge that makes it smaller',
      { cause },
    );
  }
}

/** Records could not be written, retries included; they are replayed when the job attempt restarts. */
export class SinkWriteError extends MillraceError {
  constructor(topic: string, reason: string, cause?: unknown) {
    const detail = cause === undefined ? '' : `: ${messageOf(cause)}`;
    super('ERR_KAFKA_WRITE', `${topic}: records were not written, ${reason}${detail}`, { cause });
  }
}

/** A topic could not be read to its end. */
export class TopicReadError extends MillraceError {
  constructor(topic: string, partition: number, offset: number, cause: unknown) {
    super(
      'ERR_KAFKA_READ',
      `${topic}-${String(partition)} could not be read from offset ${String(offset)}: ${messageOf(cause)}`,
      { cause },
    );
  }
}

/** The broker takes no such record, or none of this size; nothing of the transaction was written. */
export class TransactionRefusedError extends MillraceError {
  constructor(reason: string, cause: unknown) {
    super('ERR_KAFKA_TRANSACTION_REFUSED', `nothing was written, the broker refuses it: ${reason}`, { cause });
  }
}

/** Somebody else writes under the transactional id now; nothing of the transaction was written. */
export class WriterFencedError extends MillraceError {
  constructor(transactionalId: string, cause: unknown) {
    super(
      'ERR_KAFKA_FENCED',
      `somebody else has taken over the transactional id ${JSON.stringify(transactionalId)}, or this process stood still for too long; nothing more was written`,
      { cause },
    );
  }
}

/** A transaction failed, and whether it was committed shows only when its id is taken over. */
export class TransactionUnknownError extends MillraceError {
  constructor(reason: string, cause: unknown) {
    super('ERR_KAFKA_TRANSACTION', `the transaction failed: ${reason}`, { cause });
  }
}
