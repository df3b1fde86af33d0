import type { ConsumerRecord } from '@millrace/core';
import { decodeEvent, field, isObject, problemOfId } from '@millrace/reconciliation/parts';
import type { JsonObject } from '@millrace/reconciliation/parts';

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

/** A learner's attempt at an assessment of a course. */
export interface Assessment {
  readonly userId: string;
  readonly courseId: string;
  readonly batchId: string;
  readonly contentId: string;
  readonly attemptId: string;
  /** When the attempt was sent, milliseconds since 1970 UTC; of two states of an attempt the later one counts. */
  readonly assessmentTs: number;
  /** Empty: nothing new, the aggregates are to be computed again. */
  readonly answers: readonly Answer[];
  /** Where it came from; a failed event is made of its bytes. */
  readonly record: ConsumerRecord;
}

/** Why a record is no assessment that can be used. */
export class InvalidAssessmentError extends Error {
  override readonly name = 'InvalidAssessmentError';
  readonly code: 'ERR_UNPARSEABLE_EVENT' | 'ERR_INVALID_EVENT';

  constructor(code: InvalidAssessmentError['code'], message: string) {
    super(message);
    this.code = code;
  }
}

/** The last millisecond that fits a write timestamp, which counts microseconds in 53 bits. */
const MAX_TIME = Math.floor(Number.MAX_SAFE_INTEGER / 1_000);

/** Reads an event of `telemetry.assess`. @throws InvalidAssessmentError */
export function parseAssessment(record: ConsumerRecord): Assessment {
  const decoded = decodeEvent(record.value);
  if (!decoded.ok) throw new InvalidAssessmentError('ERR_UNPARSEABLE_EVENT', decoded.reason);
  const { event } = decoded;
  const id = (name: string): string => {
    const value = field(event, name);
    const problem = problemOfId(value);
    if (problem !== undefined) throw invalid(`${name} ${problem}`);
    return value as string;
  };
  const assessmentTs = field(event, 'assessmentTs');
  if (!isTime(assessmentTs)) throw invalid('assessmentTs must be milliseconds since 1970');
  const events = field(event, 'events') ?? [];
  if (!Array.isArray(events)) throw invalid('events must be a list');
  return {
    userId: id('userId'),
    courseId: id('courseId'),
    batchId: id('batchId'),
    contentId: id('contentId'),
    attemptId: id('attemptId'),
    assessmentTs,
    answers: events.map((each: unknown, index) => parseAnswer(each, `events[${String(index)}]`)),
    record,
  };
}

function parseAnswer(event: unknown, where: string): Answer {
  const edata = isObject(event) ? field(event, 'edata') : undefined;
  if (!isObject(event) || !isObject(edata)) throw invalid(`${where} has no edata`);
  const ets = field(event, 'ets');
  if (!isTime(ets)) throw invalid(`${where}.ets must be milliseconds since 1970`);
  const item = field(edata, 'item');
  const questionId = isObject(item) ? field(item, 'id') : undefined;
  if (!isObject(item) || typeof questionId !== 'string') throw invalid(`${where}.edata.item.id must be a text`);
  return {
    questionId,
    ets,
    score: numberOf(field(edata, 'score'), `${where}.edata.score`),
    maxScore: numberOf(field(item, 'maxscore'), `${where}.edata.item.maxscore`),
    edata,
  };
}

/** A number that is not there is 0, as in the deployed job. */
function numberOf(value: unknown, where: string): number {
  if (value === undefined || value === null) return 0;
  if (typeof value !== 'number' || !Number.isFinite(value)) throw invalid(`${where} must be a number`);
  return value;
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 1 && value <= MAX_TIME;
}

function invalid(what: string): InvalidAssessmentError {
  return new InvalidAssessmentError('ERR_INVALID_EVENT', what);
}
