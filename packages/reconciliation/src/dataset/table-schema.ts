/** CQL types that the jobs' tables use. */
export type ColumnType =
  | UserTypeList
  | 'text'
  | 'int'
  | 'float'
  | 'double'
  | 'boolean'
  | 'timestamp'
  | 'map<text,int>'
  | 'map<text,double>'
  | 'map<text,timestamp>'
  | 'list<text>'
  | 'list<map<text,text>>';

/**
 * A list of a user-defined type. Here each entry is the JSON text of an object with these fields in this order, as it
 * stands in data sets and in the embedded store; only Cassandra is given the type itself.
 */
export interface UserTypeList {
  readonly fields: ReadonlyMap<string, 'text' | 'double' | 'decimal' | 'timestamp' | 'list<map<text,text>>'>;
}

/** What one column of a row holds. Timestamps are milliseconds since 1970 UTC; maps keep any key, `__proto__` included. */
export type CellValue =
  | null
  | string
  | number
  | boolean
  | ReadonlyMap<string, number>
  | readonly string[]
  | readonly ReadonlyMap<string, string>[];

/** One row: the primary key in the order of the schema, and the columns that are set (null sets null). */
export interface TableRow {
  readonly key: readonly string[];
  readonly columns: ReadonlyMap<string, CellValue>;
}

/** A table of the data set. Names are the columns' own. */
export interface TableSchema {
  /** Production name; the configured one may differ. */
  readonly name: string;
  /** Variable with the configured name. */
  readonly variable: string;
  /** File of the data set that holds its rows. */
  readonly file: string;
  /** Primary key; all of its columns are text. */
  readonly key: readonly string[];
  /** How many columns of the key are the partition key. */
  readonly partitionColumns: number;
  /** All other columns. */
  readonly columns: ReadonlyMap<string, ColumnType>;
  /** Columns that a dump writes, in order, behind the key. */
  readonly dumped: readonly string[];
  /** Columns that the job itself reads or writes, behind the key; checked at start. */
  readonly used: readonly string[];
}

/** The enrolments and their progress. */
export const userEnrolments: TableSchema = {
  name: 'user_enrolments',
  variable: 'lms-cassandra.user_enrolments.table',
  file: 'enrolments.jsonl',
  key: ['userid', 'courseid', 'batchid'],
  partitionColumns: 1,
  columns: new Map<string, ColumnType>([
    ['active', 'boolean'],
    ['addedby', 'text'],
    ['certificates', 'list<map<text,text>>'],
    ['certstatus', 'int'],
    ['completedon', 'timestamp'],
    ['completionpercentage', 'int'],
    ['contentstatus', 'map<text,int>'],
    ['datetime', 'timestamp'],
    ['enrolled_date', 'timestamp'],
    ['enrolleddate', 'text'],
    ['issued_certificates', 'list<map<text,text>>'],
    ['lastcontentaccesstime', 'timestamp'],
    ['lastreadcontentid', 'text'],
    ['lastreadcontentstatus', 'int'],
    ['progress', 'int'],
    ['status', 'int'],
  ]),
  dumped: [
    'active',
    'status',
    'completedon',
    'progress',
    'contentstatus',
    'datetime',
    'enrolled_date',
    'issued_certificates',
    'certificates',
  ],
  used: ['status', 'completedon', 'progress', 'contentstatus', 'datetime', 'issued_certificates', 'certificates'],
};

/** The progress by content. */
export const userContentConsumption: TableSchema = {
  name: 'user_content_consumption',
  variable: 'lms-cassandra.content_consumption.table',
  file: 'consumption.jsonl',
  key: ['userid', 'courseid', 'batchid', 'contentid'],
  partitionColumns: 1,
  columns: new Map<string, ColumnType>([
    ['completedcount', 'int'],
    ['completionpercentage', 'float'],
    ['datetime', 'timestamp'],
    ['last_access_time', 'timestamp'],
    ['last_completed_time', 'timestamp'],
    ['last_updated_time', 'timestamp'],
    ['lastaccesstime', 'text'],
    ['lastcompletedtime', 'text'],
    ['lastupdatedtime', 'text'],
    ['progress', 'int'],
    ['progressdetails', 'text'],
    ['status', 'int'],
    ['viewcount', 'int'],
  ]),
  dumped: [],
  used: ['status'],
};

/** The counts by course and unit, shared with other jobs. */
export const userActivityAgg: TableSchema = {
  name: 'user_activity_agg',
  variable: 'lms-cassandra.user_activity_agg.table',
  file: 'aggregates.jsonl',
  key: ['activity_type', 'activity_id', 'user_id', 'context_id'],
  partitionColumns: 3,
  columns: new Map<string, ColumnType>([
    ['agg', 'map<text,int>'],
    ['agg_details', 'list<text>'],
    ['agg_last_updated', 'map<text,timestamp>'],
    ['aggregates', 'map<text,double>'],
  ]),
  dumped: ['aggregates', 'agg_last_updated', 'agg_details'],
  used: ['aggregates', 'agg_last_updated'],
};

/** Of the enrolment-reconciliation job, in the order in which they are loaded. */
export const datasetTables: readonly TableSchema[] = [userContentConsumption, userEnrolments, userActivityAgg];
