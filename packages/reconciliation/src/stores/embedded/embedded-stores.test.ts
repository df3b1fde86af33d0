import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EmbeddedStore } from '@millrace/embedded';
import { activityAggregateStoreConformance } from '../activity-aggregate-store.conformance.js';
import { collectionStatusSourceConformance } from '../collection-status-source.conformance.js';
import { consumptionStoreConformance } from '../consumption-store.conformance.js';
import { enrolmentScanConformance } from '../enrolment-scan.conformance.js';
import { enrolmentStoreConformance } from '../enrolment-store.conformance.js';
import { jobTablesConformance } from '../job-tables.conformance.js';
import { relationStoreConformance } from '../relation-store.conformance.js';
import { EmbeddedActivityAggregateStore } from './activity-aggregate-store.js';
import { EmbeddedCollectionStatusSource } from './collection-status-source.js';
import { EmbeddedConsumptionStore } from './consumption-store.js';
import { EmbeddedDataset } from './dataset.js';
import { EmbeddedEnrolmentScan } from './enrolment-scan.js';
import { EmbeddedEnrolmentStore } from './enrolment-store.js';
import { EmbeddedJobTables } from './job-tables.js';
import { EmbeddedRelationStore } from './relation-store.js';
import { EmbeddedTableAccess } from './table-access.js';
import type { EmbeddedTables } from './tables.js';
import { embeddedTables } from './tables.js';

interface World {
  readonly embedded: EmbeddedStore;
  readonly rows: EmbeddedTables;
  readonly tables: EmbeddedTableAccess;
  readonly dataset: EmbeddedDataset;
  close(): Promise<void>;
}

async function open(): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-stores-'));
  const embedded = await EmbeddedStore.open(folder);
  return {
    embedded,
    rows: embeddedTables(embedded),
    tables: new EmbeddedTableAccess(embedded, Date.now),
    dataset: new EmbeddedDataset(embedded, Date.now),
    async close() {
      await embedded.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

enrolmentStoreConformance('embedded', async () => {
  const { rows, tables, close } = await open();
  return { store: new EmbeddedEnrolmentStore(rows.enrolments), tables, close };
});

enrolmentScanConformance('embedded', async () => {
  const { rows, tables, close } = await open();
  return { scan: new EmbeddedEnrolmentScan(rows.enrolments), tables, close };
});

consumptionStoreConformance('embedded', async () => {
  const { rows, tables, close } = await open();
  return { store: new EmbeddedConsumptionStore(rows.consumption), tables, close };
});

activityAggregateStoreConformance('embedded', async () => {
  const { rows, tables, close } = await open();
  return { store: new EmbeddedActivityAggregateStore(rows.aggregates), tables, close };
});

jobTablesConformance('embedded', async () => {
  const { embedded, close } = await open();
  return { tables: new EmbeddedJobTables(() => embedded), close };
});

relationStoreConformance('embedded', async () => {
  const { embedded, dataset, close } = await open();
  return {
    store: new EmbeddedRelationStore(embedded.sets),
    replace: (relations) => dataset.replaceRelations(relations),
    close,
  };
});

collectionStatusSourceConformance('embedded', async () => {
  const { rows, dataset, close } = await open();
  return {
    source: new EmbeddedCollectionStatusSource(rows.collections),
    put: (collections) => dataset.putCollections(collections),
    close,
  };
});
