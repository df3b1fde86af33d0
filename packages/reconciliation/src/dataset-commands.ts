import type { DatasetCommands } from '@millrace/runner';
import { reconciliationTopicVariables } from './config.js';
import { checkDataset, datasetParsers } from './dataset/check-dataset.js';
import { dumpDataset } from './dataset/dump-dataset.js';
import type { DumpedTables, OwnRecords } from './dataset/dump-dataset.js';
import { embeddedKeyBounds } from './dataset/lines.js';
import { loadDataset } from './dataset/load-dataset.js';
import { ownAudits } from './dataset/record-line.js';
import { datasetTables, userActivityAgg, userEnrolments } from './dataset/table-schema.js';
import type { TableSchema } from './dataset/table-schema.js';
import { configuredTopics, outputTopicsOf } from './platform-config.js';
import type { PlatformVariables, TopicVariables } from './platform-config.js';
import { withDataset } from './platform/open-dataset.js';

/** What a job's data sets are made of. */
export interface DatasetDefinition {
  /** Variables with the topics. */
  readonly topics: TopicVariables;
  /** Tables that are loaded, each from its `file`, in this order. */
  readonly loaded: readonly TableSchema[];
  /** Tables that are dumped, by the name of their file. The output topics are dumped under their names. */
  readonly dumped: DumpedTables;
  /** Of an output topic that others write to as well: which records are the job's own. @default all */
  readonly own?: OwnRecords;
}

/** `load` and `dump` of a job on tables, sets and topics as those of the enrolment-reconciliation job. */
export function createDatasetCommands<V extends PlatformVariables>(definition: DatasetDefinition): DatasetCommands<V> {
  const { loaded, dumped, own = {} } = definition;
  return {
    async load(context, options) {
      const { clock, config, embedded } = context;
      const { signal, progress, partitions, dataset: folder } = options;
      const now = clock.now();
      const parsers = datasetParsers(loaded, embedded === undefined ? undefined : embeddedKeyBounds, now);
      // Before anything is connected: a bad line is said at once, and nothing is written.
      const facts = await checkDataset(folder, parsers, signal, progress);
      const topics = configuredTopics(config, definition.topics);
      return withDataset({ ...context, purpose: 'load', tables: loaded, signal }, (target) =>
        loadDataset(target, {
          folder,
          facts,
          parsers,
          inputTopic: topics.input,
          outputTopics: outputTopicsOf(topics),
          partitions,
          now,
          signal,
          progress,
        }),
      );
    },

    dump(context, { out, signal, progress }) {
      const { outputs: topics } = configuredTopics(context.config, definition.topics);
      const tables = dumped.map(([, table]) => table);
      return withDataset({ ...context, purpose: 'dump', tables, signal }, (origin) =>
        dumpDataset(origin, { out, tables: dumped, topics, own, signal, progress }),
      );
    },
  };
}

/** What the data sets of the enrolment-reconciliation job are made of. */
export const reconciliationDataset: DatasetDefinition = {
  topics: reconciliationTopicVariables,
  loaded: datasetTables,
  dumped: [
    ['enrolments', userEnrolments],
    ['aggregates', userActivityAgg],
  ],
  own: { audit: ownAudits('enrol-complete') },
};
