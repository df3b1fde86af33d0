import { lateSink, lateSource } from '@millrace/core';
import type { ProducerRecord, Sink } from '@millrace/core';
import { embeddedSink, embeddedSource, EmbeddedStore } from '@millrace/embedded';
import { classifyEmbeddedError } from '@millrace/reconciliation/parts';
import { UsageError } from '@millrace/runner';
import type { JobContext } from '@millrace/runner';
import type { AssessmentConfig, Variables } from './config.js';
import { embeddedStores } from './embedded-stores.js';
import type { Platform } from './platform.js';
import type { Stores } from './ports.js';

/** The embedded log takes records of up to 8 MiB. */
const MAX_FAILED_BYTES = 8_000_000;

/** The folder of the embedded store. @throws UsageError where there is none */
export function embeddedFolder({ embedded }: JobContext<Variables>): string {
  if (embedded === undefined)
    throw new UsageError('this example runs on an embedded store only: add --embedded FOLDER');
  return embedded;
}

/** The topics of the job. */
export function topicsOf(config: AssessmentConfig): Readonly<Record<'input' | 'failed' | 'certificates', string>> {
  return {
    input: config.get('kafka.input.topic'),
    failed: config.get('kafka.failed.topic'),
    certificates: config.get('kafka.output.certissue.topic'),
  };
}

/** Everything in one folder; topics that are missing are created. */
export function embeddedPlatform(folder: string, { config, clock, logger }: JobContext<Variables>): Platform {
  const topics = topicsOf(config);
  let connected: { readonly store: EmbeddedStore; readonly stores: Stores } | undefined;
  const opened = () => {
    if (connected === undefined) throw new Error('the job is not connected');
    return connected;
  };
  const sink = (topic: string): Sink<ProducerRecord> =>
    lateSink('embedded', topic, () => embeddedSink({ store: opened().store, topic }));
  return {
    source: lateSource('embedded', topics.input, () =>
      embeddedSource({ store: opened().store, topic: topics.input, groupId: config.get('kafka.groupId') }),
    ),
    sinks: { certificates: sink(topics.certificates), failed: sink(topics.failed) },
    stores: {
      get attempts() {
        return opened().stores.attempts;
      },
      get scores() {
        return opened().stores.scores;
      },
      get relations() {
        return opened().stores.relations;
      },
    },
    classify: classifyEmbeddedError,
    maxFailedBytes: MAX_FAILED_BYTES,
    async connect() {
      const store = await EmbeddedStore.open(folder, { clock, logger });
      connected = { store, stores: embeddedStores(store, () => clock.now()) };
      for (const topic of Object.values(topics)) {
        if (store.log.topic(topic) === undefined) await store.log.createTopic(topic, config.get('kafka.partitions'));
      }
    },
    async close() {
      await connected?.store.close().catch((error: unknown) => {
        logger.error({ error: String(error) }, 'the store did not close cleanly');
      });
    },
  };
}
