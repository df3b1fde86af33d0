import { renderTable, shown } from '@millrace/runner';
import { leftBecause } from './causes.js';
import type { FailedList } from './list.js';
import type { ReplayReport } from './replay.js';
import type { FailedEvent, Unmendable } from './failed-event.js';
import type { ShownEvent } from './show.js';

/** The list for people. */
export function renderList({ topic, events, others, groups }: FailedList): string {
  if (events === 0) return `no such failed event in ${topic}\n`;
  const rows = groups.map((group) => [
    group.code,
    group.course ?? '(none)',
    group.events,
    group.sentBack,
    group.unmendable,
    timeOf(group.first),
    timeOf(group.last),
    group.event,
  ]);
  const head = ['code', 'course', 'events', 'sent back', 'cannot be', 'first', 'last', 'for instance'];
  const foot = others === 0 ? '' : `${others.toLocaleString('en-US')} records of other jobs\n`;
  return renderTable(rows, { head, right: [2, 3, 4] }) + foot;
}

/** One event for people. */
export function renderShown(event: ShownEvent): string {
  const { request, record } = event;
  const rows: [string, string][] = [
    ['event', event.event],
    ['failed at', timeOf(event.failedAt)],
    ['code', event.code],
    ['means', event.means],
    ['message', event.error],
    ['what to do', event.remedy],
    ['can be sent back', event.canBeSentBack ? 'yes' : `no: ${event.reason ?? ''}`],
    ['was sent back', event.sentBack ? 'yes' : 'no'],
    ['user', event.userId ?? '(none)'],
    ['course', event.courseId ?? '(none)'],
    ['batch', event.batchId ?? '(none)'],
    ['stage', event.stage ?? '(unknown)'],
    ['failures so far', String(event.rounds)],
    [
      'request',
      request === null ? '(unknown)' : `${request.topic}/${String(request.partition)}/${String(request.offset)}`,
    ],
    ['requested at', timeOf(request?.timestamp ?? null)],
  ];
  const bytes = Object.entries(record).map(([name, value]) => `${name}: ${shown(value ?? '(null)')}\n`);
  return renderTable(rows) + bytes.join('');
}

/** What a replay did, for people. */
export function renderReplay({ sent, sentBefore, left }: ReplayReport, dryRun: boolean): string {
  return renderTable(
    [
      [dryRun ? 'would be sent back' : 'sent back', sent],
      ['sent back before', sentBefore],
      ['left', left],
    ],
    { right: [1] },
  );
}

/** One line for an event that stays in the failed topic. */
export function leftLine({ record, code, error }: FailedEvent, reason: Unmendable | 'tooLarge'): string {
  return shown(`left: ${String(record.partition)}:${String(record.offset)} ${code}, ${leftBecause[reason]} (${error})`);
}

function timeOf(time: number | null): string {
  if (time === null) return '';
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? String(time) : date.toISOString();
}
