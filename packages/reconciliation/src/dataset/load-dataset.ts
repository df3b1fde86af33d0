import type { CommandReport, Progress } from '@millrace/runner';
import { DatasetError } from '@millrace/runner';
import { partitionForKey } from '@millrace/core';
import type { DatasetFacts, DatasetParsers } from './check-dataset.js';
import { COLLECTIONS_FILE, RELATIONS_FILE, REQUESTS_FILE } from './check-dataset.js';
import { readJsonLines } from './json-lines.js';
import type { RequestLine } from './lines.js';
import type { DatasetTarget, PlacedRecord } from './ports.js';

export interface LoadDatasetOptions {
  readonly folder: string;
  readonly facts: DatasetFacts;
  readonly parsers: DatasetParsers;
  readonly inputTopic: string;
  readonly outputTopics: readonly string[];
  /** Of topics that are created; at least the highest named + 1. */
  readonly partitions: number | undefined;
  /** Milliseconds since 1970 UTC. */
  readonly now: number;
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

const DEFAULT_PARTITIONS = 4;

/**
 * Loads a checked data set: tables and sets first, requests last, so that a running job finds what they are about.
 *
 * @throws DatasetError where a request names a partition that the existing topic does not have; nothing is written then
 */
export async function loadDataset(target: DatasetTarget, options: LoadDatasetOptions): Promise<CommandReport> {
  const { folder, facts, parsers, signal } = options;
  const notes: string[] = [];
  await target.checkColumns(facts.columns);
  const partitions = await prepareTopics(target, options, notes);
  let done = 0;
  const load = async <T>(
    file: string,
    parse: (value: unknown) => T,
    write: (rows: readonly T[]) => Promise<void>,
  ): Promise<void> => {
    for await (const rows of readJsonLines(folder, file, parse, signal)) {
      await write(rows.map((row) => row.value));
      done += rows.length;
      options.progress(done, facts.total, 'lines loaded');
    }
  };
  for (const { schema, parse } of parsers.table) await load(schema.file, parse, (rows) => target.upsert(schema, rows));
  await load(RELATIONS_FILE, parsers.relation, (rows) => target.replaceRelations(rows));
  const skipped = new Set<string>();
  if (target.putCollections !== undefined) {
    await load(COLLECTIONS_FILE, parsers.collection, async (rows) => target.putCollections?.(rows));
  } else if ((facts.lines.get(COLLECTIONS_FILE) ?? 0) > 0) {
    skipped.add(COLLECTIONS_FILE);
    notes.push(`${COLLECTIONS_FILE} is left out: the search service is not part of what is loaded`);
  }
  const place = placer(partitions, options.now);
  await load(REQUESTS_FILE, parsers.request, (rows) => target.append(options.inputTopic, rows.map(place)));
  const counts: Record<string, number> = {};
  for (const [file, count] of facts.lines) {
    counts[file.replace(/\.jsonl$/, '')] = skipped.has(file) ? 0 : count;
  }
  return { counts, notes };
}

/** @returns partitions of the input topic */
async function prepareTopics(target: DatasetTarget, options: LoadDatasetOptions, notes: string[]): Promise<number> {
  const { facts, inputTopic } = options;
  const highest = facts.highestPartition;
  const input = await target.topic(inputTopic);
  if (input !== undefined && highest !== undefined && highest.partition >= input.partitions) {
    const reason = `partition ${String(highest.partition)} does not exist, topic ${inputTopic} has ${String(input.partitions)}`;
    throw new DatasetError(REQUESTS_FILE, highest.line, reason);
  }
  if (input?.retentionMs !== undefined && facts.oldestRequest !== undefined) {
    if (options.now - facts.oldestRequest > input.retentionMs) {
      notes.push(
        `topic ${inputTopic} keeps records for ${String(input.retentionMs)} ms (retention.ms): older requests of this data set will be deleted`,
      );
    }
  }
  const created = Math.max(options.partitions ?? DEFAULT_PARTITIONS, (highest?.partition ?? -1) + 1);
  if (input === undefined) await target.createTopic(inputTopic, created);
  for (const topic of new Set(options.outputTopics)) {
    if (topic !== inputTopic && (await target.topic(topic)) === undefined) await target.createTopic(topic, created);
  }
  return input?.partitions ?? created;
}

/** Decides partition and timestamp; keyless requests take turns. */
function placer(partitions: number, now: number): (request: RequestLine) => PlacedRecord {
  let turn = 0;
  return ({ key, value, timestamp, partition }) => ({
    key,
    value,
    timestamp: timestamp ?? now,
    partition: partition ?? (key === null ? turn++ % partitions : partitionForKey(key, partitions)),
  });
}
