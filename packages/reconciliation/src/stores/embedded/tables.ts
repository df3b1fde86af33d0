import type { ColumnKind, EmbeddedStore, Table, TableSchema as EmbeddedSchema } from '@millrace/embedded';
import { embeddedKeyBounds } from '../../dataset/lines.js';
import type { ColumnType, TableSchema } from '../../dataset/table-schema.js';
import { userActivityAgg, userContentConsumption, userEnrolments } from '../../dataset/table-schema.js';

/** Columns of the embedded tables that the stores name; all of a schema's columns are there. */
type EnrolmentColumns = {
  readonly status: 'int';
  readonly completedon: 'timestamp';
  readonly progress: 'int';
  readonly contentstatus: 'map<text,int>';
  readonly datetime: 'timestamp';
  readonly issued_certificates: 'list<map<text,text>>';
  readonly certificates: 'list<map<text,text>>';
};
type ConsumptionColumns = {
  readonly status: 'int';
  readonly viewcount: 'int';
  readonly completedcount: 'int';
};
type AggregateColumns = {
  readonly aggregates: 'map<text,double>';
  readonly agg_last_updated: 'map<text,timestamp>';
  readonly agg_details: 'list<text>';
};
type CollectionColumns = { readonly status: 'text' };

/** The job's tables in an embedded store. They keep their production names, whatever Cassandra's are called. */
export interface EmbeddedTables {
  readonly enrolments: Table<EnrolmentColumns>;
  readonly consumption: Table<ConsumptionColumns>;
  readonly aggregates: Table<AggregateColumns>;
  /** What the search service would know. */
  readonly collections: Table<CollectionColumns>;
}

/** Opens the tables, which are created where missing. @throws TableSchemaError */
export function embeddedTables(store: EmbeddedStore): EmbeddedTables {
  return {
    enrolments: open<EnrolmentColumns>(store, userEnrolments),
    consumption: open<ConsumptionColumns>(store, userContentConsumption),
    aggregates: open<AggregateColumns>(store, userActivityAgg),
    collections: store.table('collections', {
      key: [{ name: 'identifier', maxBytes: embeddedKeyBounds.columnBytes }],
      columns: { status: 'text' },
    }),
  };
}

function open<C extends Record<string, ColumnKind>>(store: EmbeddedStore, table: TableSchema): Table<C> {
  // The schema has the columns of C and more; which ones is checked by the conformance suites.
  return store.table(table.name, embeddedSchema(table)) as unknown as Table<C>;
}

/** A data set's table as the embedded store declares it. */
export function embeddedSchema(table: TableSchema): EmbeddedSchema<Record<string, ColumnKind>> {
  return {
    key: table.key.map((name) => ({
      name,
      maxBytes: name === 'context_id' ? embeddedKeyBounds.contextBytes : embeddedKeyBounds.columnBytes,
    })),
    columns: Object.fromEntries([...table.columns].map(([name, type]) => [name, kindOf(type)])),
  };
}

/** There is no column of 32-bit floats, a double holds them; and no user-defined type. */
function kindOf(type: ColumnType): ColumnKind {
  if (typeof type === 'object') return 'list<text>';
  return type === 'float' ? 'double' : type;
}
