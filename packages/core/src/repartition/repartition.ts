import type { NodeOptions } from '../api/options.js';
import type { DataStream } from '../api/data-stream.js';
import type { Serializer } from '../state/serializer.js';
import type { WatermarkStrategy } from '../time/watermark-strategy.js';
import type { ConsumerRecord } from '../connector/record.js';
import { carriedWatermarks } from './carried-watermarks.js';
import { RepartitionReadOperator } from './read-operator.js';
import { repartitionSource } from './repartition-source.js';
import type { RepartitionTopics } from './repartition-topics.js';
import { RepartitionWriteOperator } from './write-operator.js';

/** How a stream is repartitioned. */
export interface RepartitionOptions<T> extends NodeOptions {
  /** Names the topic too: `<job>-<uid>-repartition`. Changing it leaves what stands in the old topic behind. */
  readonly uid: string;
  /** Who makes the topic: `kafkaRepartition(...)`, `embeddedRepartition(...)`. */
  readonly through: RepartitionTopics;
  /** How elements are written. An older version in the topic is read by `migrate`; another id fails the job. */
  readonly serializer: Serializer<T>;
  /**
   * Tasks that write to the topic: the number of partitions of what is read before. Event time stands still until all
   * were heard of; with too small a number elements of those not heard of may be late after a restart.
   * @default 1
   */
  readonly writers?: number;
  /**
   * Watermarks of the topic instead of the carried ones. Its elements are records of the topic; those without a value are
   * no elements of the stream.
   * @default the minimum of the writing tasks' watermarks
   */
  readonly watermarks?: WatermarkStrategy<ConsumerRecord>;
}

/** Adds the two halves to the graph. */
export function addRepartition<K extends string | number, T>(
  stream: DataStream<T>,
  keyOf: (value: T) => K,
  options: RepartitionOptions<T>,
): DataStream<T> {
  const { uid, through, serializer, writers = 1, watermarks } = options;
  if (!Number.isInteger(writers) || writers < 1) throw new RangeError('writers is a whole number of at least 1');
  const { env } = stream;
  const topicName = `${env.jobName}-${uid}-repartition`;
  const topic = through.topic(topicName);
  const name = options.name ?? uid;
  const sinkUid = `${uid}-sink`;
  stream
    .transform(
      'repartition',
      { uid: `${uid}-write`, name: `${name}: write` },
      () => new RepartitionWriteOperator(keyOf, serializer, () => topic.partitions()),
    )
    .sinkTo(topic.sink, { uid: sinkUid, name: `${name}: topic` });
  return env
    .fromSource(repartitionSource(topic.source, sinkUid), {
      uid,
      name,
      watermarks: watermarks ?? carriedWatermarks(writers),
    })
    .transform<T>(
      'repartition',
      { uid: `${uid}-read`, name: `${name}: read` },
      () => new RepartitionReadOperator(serializer),
    );
}
