import { expect } from '@jest/globals';
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { millraceOk, summaryOf } from './cli.js';
import { readDump } from './dumps.js';
import type { Dump, OutputRecord } from './dumps.js';
import { batchOf, courseOf, NOW, REQUESTED, requestOf } from './outcomes.js';
import type { Outcome, Row } from './outcomes.js';

/** All requests are in this partition: the place in the list is the offset. */
const PARTITION = 2;

interface Request {
  readonly partition: number;
  readonly key: string;
  readonly timestamp: number;
  readonly value: string;
}

function requestsOf({ name, requests }: Outcome): Request[] {
  const sent = requests ?? [{ timestamp: REQUESTED, value: requestOf(name) }];
  return sent.map((each) => ({ partition: PARTITION, key: name, ...each }));
}

function fill(name: string, id: string): string {
  return id.replace('COURSE', courseOf(name));
}

function aggregateRow(name: string, activity: string, row: Row): Row {
  const key = { activity_type: 'Course', activity_id: fill(name, activity), user_id: name };
  return { ...key, context_id: `cb:${batchOf(name)}`, ...row };
}

/** Writes the outcomes as a data set. */
export function writeOutcomes(folder: string, outcomes: readonly Outcome[]): void {
  const ids = (name: string): Row => ({ userid: name, courseid: courseOf(name), batchid: batchOf(name) });
  const files: Record<string, readonly object[]> = {
    consumption: outcomes.flatMap(({ name, consumption = {} }) =>
      Object.entries(consumption).map(([contentid, status]) => ({ ...ids(name), contentid, status })),
    ),
    enrolments: outcomes.flatMap(({ name, enrolment }) => (enrolment ? [{ ...ids(name), ...enrolment }] : [])),
    aggregates: outcomes.flatMap(({ name, aggregates = {} }) =>
      Object.entries(aggregates).map(([activity, row]) => aggregateRow(name, activity, row)),
    ),
    relations: outcomes.flatMap(({ name, relations = {} }) =>
      Object.entries(relations).map(([key, members]) => ({
        key: `${courseOf(name)}:${fill(name, key)}`,
        members: members.map((member) => fill(name, member)),
      })),
    ),
    collections: outcomes.flatMap(({ name, collection }) =>
      collection === undefined ? [] : [{ identifier: courseOf(name), status: collection }],
    ),
    requests: outcomes.flatMap(requestsOf),
  };
  mkdirSync(folder, { recursive: true });
  for (const [file, lines] of Object.entries(files)) {
    writeFileSync(join(folder, `${file}.jsonl`), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  }
}

export interface OutcomesRun {
  readonly dump: Dump;
  readonly summary: Readonly<Record<string, number>>;
  /** Milliseconds since 1970 between which the job ran. */
  readonly began: number;
  readonly ended: number;
}

/**
 * Loads the outcomes, runs the job to the end of its input, and dumps.
 *
 * @param prepare changes what was loaded before the job runs
 */
export async function runOutcomes(
  folder: string,
  outcomes: readonly Outcome[],
  options: readonly string[],
  prepare: () => Promise<unknown> = () => Promise.resolve(),
): Promise<OutcomesRun> {
  writeOutcomes(join(folder, 'in'), outcomes);
  await millraceOk(['load', 'reconciliation', '--dataset', join(folder, 'in'), ...options]);
  await prepare();
  const began = Date.now();
  const run = await millraceOk(['run', 'reconciliation', '--until-drained', '--summary', 'json', ...options]);
  const ended = Date.now();
  await millraceOk(['dump', 'reconciliation', '--out', join(folder, 'out'), ...options]);
  return { dump: readDump(join(folder, 'out')), summary: summaryOf(run), began, ended };
}

/** Compares everything that the run left of one enrolment with what was to come of it. */
export function checkOutcome(outcome: Outcome, all: readonly Outcome[], run: OutcomesRun, env = 'dev'): void {
  const { name, expected } = outcome;
  const { dump } = run;
  const enrolment = expected.enrolment ?? outcome.enrolment;
  const ids = { userid: name, courseid: courseOf(name), batchid: batchOf(name) };
  expect(timeless(dump.enrolments, run).filter((row) => row['userid'] === name)).toEqual(
    enrolment === undefined ? [] : [{ ...ids, ...enrolment }],
  );
  const rows = Object.entries(expected.aggregates ?? outcome.aggregates ?? {});
  expect(timeless(dump.aggregates, run).filter((row) => row['user_id'] === name)).toEqual(
    rows
      .map(([activity, row]) => aggregateRow(name, activity, row))
      .sort((a, b) => (String(a['activity_id']) < String(b['activity_id']) ? -1 : 1)),
  );
  const { certificate, audit } = expected;
  expect(valuesFor(dump.certificates, name)).toEqual(
    certificate === undefined ? [] : [certificateOf(name, certificate)],
  );
  expect(valuesFor(dump.audit, name)).toEqual(audit === undefined ? [] : [auditOf(name, audit)]);
  expect(recordsFor(dump.failed, name).map(withoutPlace)).toEqual(failedOf(outcome, all, env));
}

/** Rows with the times of this run replaced by `NOW`; a time that is not of this run stays and is seen. */
function timeless(rows: readonly Row[], { began, ended }: OutcomesRun): Row[] {
  return rows.map(
    (row) =>
      JSON.parse(
        JSON.stringify(row, (_name, value: unknown) =>
          typeof value === 'number' && value >= began && value <= ended ? NOW : value,
        ),
      ) as Row,
  );
}

function recordsFor(records: readonly OutputRecord[], name: string): OutputRecord[] {
  return records.filter((record) => record.key === name);
}

/** Each once: with the filter off an enrolment with two requests may be told of twice, in the same bytes. */
function valuesFor(records: readonly OutputRecord[], name: string): unknown[] {
  for (const record of recordsFor(records, name)) expect(record.headers).toEqual({});
  return [...new Set(recordsFor(records, name).map(({ value }) => value))];
}

function withoutPlace({ key, headers, value }: OutputRecord): object {
  return { key, headers, value };
}

function failedOf(outcome: Outcome, all: readonly Outcome[], env: string): object[] {
  const { name, expected } = outcome;
  if (expected.failed === undefined) return [];
  const { code, error, stage, attempts } = expected.failed;
  const sent = all.flatMap(requestsOf);
  return requestsOf(outcome).map(({ value, timestamp }) => {
    const offset = String(sent.findIndex((request) => request.value === value && request.timestamp === timestamp));
    const topic = `${env}.batch.enrolment.sync.request`;
    return {
      key: name,
      headers: {
        'millrace.error.code': code,
        'millrace.error.message': error,
        'millrace.error.stage': stage,
        'millrace.error.topic': topic,
        'millrace.error.partition': String(PARTITION),
        'millrace.error.offset': offset,
        'millrace.error.timestamp': String(timestamp),
        'millrace.error.attempts': String(attempts),
        'millrace.error.rounds': '1',
      },
      value:
        `${value.slice(0, -1)},"jobName":"enrolment-reconciliation","failInfo":{"code":"${code}","error":"${error}",` +
        `"stage":"${stage}","topic":"${topic}","partition":${String(PARTITION)},"offset":"${offset}",` +
        `"timestamp":${String(timestamp)},"attempts":${String(attempts)},"rounds":1}}`,
    };
  });
}

function certificateOf(name: string, completedon: number): string {
  const at = String(completedon);
  return (
    `{"eid":"BE_JOB_REQUEST","ets":${at},"mid":"LP.${at}.${uuidOf('certificate', name, at)}",` +
    '"actor":{"id":"Course Certificate Generator","type":"System"},' +
    '"context":{"pdata":{"ver":"1.0","id":"org.sunbird.platform"}},' +
    `"object":{"id":"${batchOf(name)}_${courseOf(name)}","type":"CourseCertificateGeneration"},` +
    `"edata":{"userIds":["${name}"],"action":"issue-certificate","iteration":1,"trigger":"auto-issue",` +
    `"batchId":"${batchOf(name)}","reIssue":false,"courseId":"${courseOf(name)}"}}`
  );
}

function auditOf(name: string, completedon: number): string {
  const at = String(completedon);
  return (
    `{"actor":{"id":"${name}","type":"User"},"eid":"AUDIT",` +
    '"edata":{"props":["status","completedon"],"type":"enrol-complete"},' +
    `"ver":"3.0","syncts":${at},"ets":${at},"context":{"channel":"in.sunbird","env":"Course",` +
    `"sid":"${uuidOf('sid', name, at)}","did":"${uuidOf('did', name, at)}",` +
    '"pdata":{"ver":"3.0","id":"org.sunbird.learning.platform","pid":"course-progress-updater"},' +
    `"cdata":[{"type":"CourseBatch","id":"${batchOf(name)}"},{"type":"Course","id":"${courseOf(name)}"}]},` +
    `"mid":"LP.AUDIT.${uuidOf('audit', name, at)}",` +
    `"object":{"id":"${name}","type":"User","rollup":{"l1":"${courseOf(name)}"}},"tags":[]}`
  );
}

/** RFC 9562, version 5, by its definition. */
function uuidOf(kind: string, name: string, completedon: string): string {
  const namespace = Buffer.from('7d8f1c523b0e5c6a9f432a6f0c1be9d4', 'hex');
  const text = `["${kind}","${name}","${courseOf(name)}","${batchOf(name)}","${completedon}"]`;
  const hash = createHash('sha1').update(namespace).update(text).digest().subarray(0, 16);
  hash[6] = ((hash[6] as number) & 0x0f) | 0x50;
  hash[8] = ((hash[8] as number) & 0x3f) | 0x80;
  return hash.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
