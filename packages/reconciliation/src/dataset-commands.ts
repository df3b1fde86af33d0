import type { ConsumerRecord } from '@millrace/core';
import type { DatasetCommands } from '@millrace/runner';
import type { ReconciliationVariables } from './config.js';
import { outputTopicList, outputTopics } from './config.js';
import { checkDataset, datasetParsers } from './dataset/check-dataset.js';
import { dumpDataset } from './dataset/dump-dataset.js';
import { embeddedKeyBounds } from './dataset/lines.js';
import { loadDataset } from './dataset/load-dataset.js';
import type { TableSchema } from './dataset/table-schema.js';
import { withDataset } from './platform/open-dataset.js';

/** What a job's `dump` has beside the output topics. */
export interface DumpedTables {
  /** Tables by the name of their file. @default enrolments and aggregates */
  readonly tables?: readonly (readonly [name: string, table: TableSchema])[];
  /** Records of the audit topic that are the job's own; the topic is shared. @default completions */
  readonly isOwnAudit?: (record: ConsumerRecord) => boolean;
}

/** `load` and `dump` of a job on the tables, sets and topics of the enrolment-reconciliation job. */
export function createDatasetCommands(dumped: DumpedTables = {}): DatasetCommands<ReconciliationVariables> {
  return {
    async load(context, options) {
      const { clock, config, embedded } = context;
      const { signal, progress, partitions, dataset: folder } = options;
      const now = clock.now();
      const parsers = datasetParsers(embedded === undefined ? undefined : embeddedKeyBounds, now);
      // Before anything is connected: a bad line is said at once, and nothing is written.
      const facts = await checkDataset(folder, parsers, signal, progress);
      return withDataset({ ...context, purpose: 'load', signal }, (target) =>
        loadDataset(target, {
          folder,
          facts,
          parsers,
          inputTopic: config.get('kafka.input.topic'),
          outputTopics: outputTopicList(config),
          partitions,
          now,
          signal,
          progress,
        }),
      );
    },

    dump(context, { out, signal, progress }) {
      return withDataset({ ...context, purpose: 'dump', signal }, (origin) =>
        dumpDataset(origin, { out, ...dumped, topics: outputTopics(context.config), signal, progress }),
      );
    },
  };
}

/** `load` and `dump` of the enrolment-reconciliation job. */
export const datasetCommands: DatasetCommands<ReconciliationVariables> = createDatasetCommands();
