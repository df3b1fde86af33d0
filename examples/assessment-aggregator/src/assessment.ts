import type { ConsumerRecord } from '@millrace/core';
import { decodeEvent, field, idOf, InvalidEventError, isObject, LAST_WRITE_MS } from '@millrace/reconciliation/parts';
import type { JsonObject, ParsedRecord, SyncRequest } from '@millrace/reconciliation/parts';

/** One answer to a question of an attempt. */
export interface Answer {
  /** Id of the question. */
  readonly questionId: string;
  /** When it was given, milliseconds since 1970 UTC. */
  readonly ets: number;
  readonly score: number;
  readonly maxScore: number;
  /** The question and the answer as they came, for the column `question`. */
  readonly edata: JsonObject;
}

/** A learner's attempt at an assessment of a course. Its time: when it was sent; of two states the later one counts. */
export interface Assessment extends SyncRequest {
  readonly contentId: string;
  readonly attemptId: string;
  /** Empty: nothing new, the aggregates are to be computed again. */
  readonly answers: readonly Answer[];
}

/** Judges an event of `telemetry.assess`. @throws InvalidEventError */
export function parseAssessment(record: ConsumerRecord): ParsedRecord<Assessment> {
  const decoded = decodeEvent(record.value);
  if (!decoded.ok) return { kind: 'failure', code: 'ERR_UNPARSEABLE_EVENT', error: decoded.reason };
  const { event } = decoded;
  const events = field(event, 'events') ?? [];
  if (!Array.isArray(events)) throw new InvalidEventError('events must be a list');
  const request = {
    time: timeOf(field(event, 'assessmentTs'), 'assessmentTs'),
    userId: idOf(event, 'userId'),
    courseId: idOf(event, 'courseId'),
    batchId: idOf(event, 'batchId'),
    contentId: idOf(event, 'contentId'),
    attemptId: idOf(event, 'attemptId'),
    answers: events.map((each: unknown, index) => answerOf(each, `events[${String(index)}]`)),
    record,
  };
  return { kind: 'request', request };
}

function answerOf(event: unknown, where: string): Answer {
  const edata = isObject(event) ? field(event, 'edata') : undefined;
  if (!isObject(event) || !isObject(edata)) throw new InvalidEventError(`${where} has no edata`);
  const item = field(edata, 'item');
  const questionId = isObject(item) ? field(item, 'id') : undefined;
  if (!isObject(item) || typeof questionId !== 'string')
    throw new InvalidEventError(`${where}.edata.item.id must be a text`);
  return {
    questionId,
    ets: timeOf(field(event, 'ets'), `${where}.ets`),
    score: numberOf(field(edata, 'score'), `${where}.edata.score`),
    maxScore: numberOf(field(item, 'maxscore'), `${where}.edata.item.maxscore`),
    edata,
  };
}

/** A number that is not there is 0, as in the deployed job. */
function numberOf(value: unknown, where: string): number {
  if (value === undefined || value === null) return 0;
  if (typeof value !== 'number' || !Number.isFinite(value)) throw new InvalidEventError(`${where} must be a number`);
  return value;
}

function timeOf(value: unknown, where: string): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 1 && value <= LAST_WRITE_MS) return value;
  throw new InvalidEventError(`${where} must be milliseconds since 1970`);
}
