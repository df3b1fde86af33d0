import { messageOf } from '@millrace/core';
import { renderTable, shown } from '@millrace/runner';
import type { CellValue, TableRow } from '../../dataset/table-schema.js';
import { time } from '../../trial/verdict.js';
import { causeOf } from '../failed/causes.js';
import type { Content, Contents } from './contents.js';
import type { Explanation, Problem } from './explain.js';

/** Contents, and failed events, in one table; `--format json` has all. */
const MOST_CONTENTS = 20;
const MOST_EVENTS = 10;

/** An explanation for people: what a request would do first, then what that rests on. */
export function renderExplanation(explanation: Explanation): string {
  const { key, row, contents, verdict } = explanation;
  return [
    `learner ${shown(key.userId)}, course ${shown(key.courseId)}, batch ${shown(key.batchId)}\n`,
    section(`A request at ${time(explanation.time)}`, [
      ['it', verdict.text],
      ['rule', verdict.rule],
      ['changes', changes(explanation)],
      ['sends', sends(explanation)],
    ]),
    ...enrolmentSections(row),
    ...contentsSections(contents),
    ...collectionSection(explanation),
    failedSection(explanation),
  ].join('\n');
}

function section(title: string, rows: readonly (readonly (string | number)[])[], head?: readonly string[]): string {
  return `${title}\n${renderTable(rows, head === undefined ? {} : { head })}`;
}

function changes({ changes: columns }: Explanation): string {
  return columns.length === 0 ? 'nothing in user_enrolments' : `${columns.join(', ')} in user_enrolments`;
}

function sends({ verdict: { certificate, audit, completedon, failure } }: Explanation): string {
  if (failure !== null) return 'a failed event';
  if (!certificate) return 'nothing';
  return `a certificate request${audit ? ' and an audit event' : ''}, completed on ${time(completedon ?? 0)}`;
}

const STATUSES: Readonly<Record<number, string>> = { 0: 'not started', 1: 'under way', 2: 'completed' };

function statusText(status: number): string {
  const means = STATUSES[status];
  return means === undefined ? String(status) : `${String(status)}, ${means}`;
}

function enrolmentSections(row: TableRow | Problem | undefined): readonly string[] {
  const title = 'Enrolment as stored (user_enrolments)';
  if (row === undefined) return [section(title, [['row', 'there is none']])];
  if ('problem' in row) return [section(title, [['row', row.problem]])];
  const cell = (column: string): CellValue => row.columns.get(column) ?? null;
  const status = cell('status');
  const names = ['active', 'progress', 'completedon', 'enrolled_date', 'datetime'];
  const certificates = [...listOf(cell('issued_certificates')), ...listOf(cell('certificates'))];
  return [
    section(title, [
      ['status', typeof status === 'number' ? statusText(status) : 'not set'],
      ...names.map((name): [string, string] => [name, text(name, cell(name))]),
      ['certificates', certificates.length === 0 ? 'none issued' : certificates.join('; ')],
    ]),
  ];
}

const TIMES = new Set(['completedon', 'enrolled_date', 'datetime']);

function text(column: string, value: CellValue): string {
  if (typeof value === 'number') return TIMES.has(column) ? time(value) : String(value);
  return typeof value === 'boolean' ? String(value) : 'not set';
}

/** Issued certificates, each as its own fields. */
function listOf(value: CellValue): readonly string[] {
  if (!Array.isArray(value)) return [];
  return (value as readonly ReadonlyMap<string, string>[]).map((fields) =>
    [...fields].map(([name, content]) => `${name} ${content}`).join(', '),
  );
}

function contentsSections(contents: Contents | Problem): readonly string[] {
  const title = 'Contents of the course';
  if ('problem' in contents) return [section(title, [['leaf nodes', contents.problem]])];
  const { course, outside, counts } = contents;
  const beside = list('Consumed, but not in the course', outside);
  if (course === null) {
    const said = 'the relation cache has none (looked once; the job waits for them for a while)';
    return [section(title, [['leaf nodes', said]]), ...beside];
  }
  const { required, completed, missing, optional } = course;
  return [
    section(title, [
      ['required', required.length],
      ['completed', completed.length],
      ['missing', missing.length],
      ['optional', optional.length],
    ]),
    ...list('Missing', missing),
    ...list('Optional', optional),
    ...beside,
    section(
      'Completed contents by course and unit, as stored (user_activity_agg) and as computed now',
      counts.map(({ kind, activityId, required: needed, stored, computed }) => [
        `${kind} ${activityId}`,
        needed,
        stored ?? 'not set',
        computed ?? 'nothing consumed',
      ]),
      ['of', 'required', 'stored', 'computed'],
    ),
  ];
}

/** No section where there is nothing to list. */
function list(title: string, contents: readonly Content[]): readonly string[] {
  if (contents.length === 0) return [];
  const rows = contents
    .slice(0, MOST_CONTENTS)
    .map(({ id, status }) => [id, status === null ? 'not begun' : statusText(status)]);
  const more = contents.length - rows.length;
  if (more > 0) rows.push([`and ${more.toLocaleString('en-US')} more`, '']);
  return [section(title, rows, ['content', 'status'])];
}

function collectionSection({ collection }: Explanation): readonly string[] {
  if (collection === undefined) return [];
  const said = collection.known
    ? (collection.status ?? 'it finds no such course that is Live, Unlisted or Retired')
    : `it could not be asked: ${messageOf(collection.error)}`;
  return [section('The search service on the course', [['status', said]])];
}

function failedSection({ failed }: Explanation): string {
  const { events, read, held } = failed;
  const shownEvents = events.slice(0, MOST_EVENTS);
  const rows = shownEvents.map(({ record, code, error }) => [
    record.timestamp === undefined ? 'at no time' : time(record.timestamp),
    code,
    error,
    `${String(record.partition)}:${String(record.offset)}`,
  ]);
  const looked =
    read < held
      ? `looked at ${read.toLocaleString('en-US')} of ${held.toLocaleString('en-US')} records, from the end; millrace failed list reads all`
      : 'looked at the whole topic';
  const title = `Failed events of this enrolment: ${events.length === 0 ? 'none' : String(events.length)} (${looked})`;
  if (rows.length === 0) return `${title}\n`;
  const causes = [...new Set(shownEvents.map(({ code }) => code))].map((code) => {
    const { means, remedy } = causeOf(code);
    return `${code}: ${means}.\n  To do: ${remedy}.\n`;
  });
  return [section(title, rows, ['at', 'code', 'error', 'event']), ...causes].join('');
}
