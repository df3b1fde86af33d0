import { cqlTable } from '@millrace/cassandra';

/** `"keyspace"."table"` of each table, ready for a statement's text. */
export interface CassandraTables {
  readonly enrolments: string;
  readonly consumption: string;
  readonly aggregates: string;
}

/** @throws SetupError for what is no CQL name */
export function cassandraTables(
  keyspace: string,
  names: { user_enrolments: string; user_content_consumption: string; user_activity_agg: string },
): CassandraTables {
  return {
    enrolments: cqlTable(keyspace, names.user_enrolments),
    consumption: cqlTable(keyspace, names.user_content_consumption),
    aggregates: cqlTable(keyspace, names.user_activity_agg),
  };
}
