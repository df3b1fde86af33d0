import { messageOf } from '@millrace/core';
import { rowLine } from '../../dataset/row-line.js';
import { userEnrolments } from '../../dataset/table-schema.js';
import type { Explanation } from './explain.js';

/** An explanation as tools read it. Columns have their own names, as in a dump; times are milliseconds since 1970 UTC. */
export function explanationJson(explanation: Explanation): object {
  const { key, time, row, contents, failed, collection, verdict, changes } = explanation;
  return {
    ...key,
    request: { time, ...verdict, changes },
    enrolment:
      row === undefined || 'problem' in row ? (row ?? null) : (JSON.parse(rowLine(userEnrolments, row)) as object),
    contents,
    failedEvents: {
      events: failed.events.map(({ record, code, error, stage, rounds, unmendable }) => ({
        event: `${record.topic}/${String(record.partition)}/${String(record.offset)}`,
        failedAt: record.timestamp ?? null,
        ...{ code, error, stage: stage ?? null, rounds, canBeSentBack: unmendable === undefined },
      })),
      read: failed.read,
      held: failed.held,
    },
    collection:
      collection === undefined
        ? null
        : collection.known
          ? { status: collection.status ?? null }
          : { problem: messageOf(collection.error) },
  };
}
