import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { ProducerRecord } from '@millrace/core';
import { EmbeddedStore } from '@millrace/embedded';
import { embeddedTables, isObject } from '@millrace/reconciliation/parts';
import type { JsonObject } from '@millrace/reconciliation/parts';
import { DatasetError } from '@millrace/runner';
import type { DatasetCommands } from '@millrace/runner';
import type { Variables } from './config.js';
import { embeddedFolder, topicsOf } from './embedded-platform.js';
import { attemptTable } from './embedded-stores.js';

/** `load`: `assessments.jsonl` into the input topic, `relations.jsonl` into the relation cache; `dump`: the results. */
export const datasetCommands: DatasetCommands<Variables> = {
  async load(context, { dataset, signal, progress }) {
    const { config, clock, logger } = context;
    const records = await linesOf(join(resolve(dataset), 'assessments.jsonl'), recordOf);
    const relations = await linesOf(join(resolve(dataset), 'relations.jsonl'), relationOf);
    const store = await EmbeddedStore.open(embeddedFolder(context), { clock, logger });
    try {
      const { input } = topicsOf(config);
      if (store.log.topic(input) === undefined) await store.log.createTopic(input, config.get('kafka.partitions'));
      for (const { key, members } of relations) await store.sets.replace(key, members);
      signal.throwIfAborted();
      await store.log.append(input, records);
      progress(records.length, records.length, 'assessments');
    } finally {
      await store.close();
    }
    return { counts: { 'assessments.jsonl': records.length, 'relations.jsonl': relations.length } };
  },

  async dump(context, { out }) {
    const { config, clock, logger } = context;
    const store = await EmbeddedStore.open(embeddedFolder(context), { clock, logger });
    try {
      const { failed, certificates } = topicsOf(config);
      const files: Readonly<Record<string, readonly object[]>> = {
        assessment_aggregator: attempts(store),
        user_activity_agg: aggregates(store),
        [certificates]: recordsOf(store, certificates),
        [failed]: recordsOf(store, failed),
      };
      await mkdir(out, { recursive: true });
      for (const [name, rows] of Object.entries(files)) {
        await writeFile(join(out, `${name}.jsonl`), rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
      }
      return { counts: Object.fromEntries(Object.entries(files).map(([name, rows]) => [name, rows.length])) };
    } finally {
      await store.close();
    }
  },
};

function attempts(store: EmbeddedStore): object[] {
  return [...attemptTable(store).scan()].map((row) => {
    const [user_id, course_id, batch_id, content_id, attempt_id] = row.key;
    return {
      ...{ user_id, course_id, batch_id, content_id, attempt_id },
      last_attempted_on: new Date(row.get('last_attempted_on') ?? 0).toISOString(),
      total_score: row.get('total_score'),
      total_max_score: row.get('total_max_score'),
      grand_total: row.get('grand_total'),
      question: row.get('question'),
    };
  });
}

function aggregates(store: EmbeddedStore): object[] {
  return [...embeddedTables(store).aggregates.scan()].map((row) => {
    const [activity_type, activity_id, user_id, context_id] = row.key;
    return {
      ...{ activity_type, activity_id, user_id, context_id },
      aggregates: Object.fromEntries(row.get('aggregates') ?? []),
      agg_details: row.get('agg_details'),
    };
  });
}

const decoder = new TextDecoder();

function recordsOf(store: EmbeddedStore, topic: string): object[] {
  if (store.log.topic(topic) === undefined) return [];
  return [...store.log.readAll(topic)].map(({ key, value }) => ({
    key: key && decoder.decode(key),
    value: value && decoder.decode(value),
  }));
}

async function linesOf<T>(file: string, parse: (row: JsonObject) => T | string): Promise<T[]> {
  return (await readFile(file, 'utf8')).split('\n').flatMap((line, index) => {
    if (line.trim() === '') return [];
    const row = json(line);
    const parsed = isObject(row) ? parse(row) : 'no JSON object';
    if (typeof parsed === 'string') throw new DatasetError(file, index + 1, parsed);
    return [parsed];
  });
}

function json(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** A text says what is wrong. */
function recordOf({ key = null, value }: JsonObject): ProducerRecord | string {
  if (typeof value !== 'string') return 'value must be a text';
  if (key !== null && typeof key !== 'string') return 'key must be a text';
  return { key, value };
}

function relationOf({ key, members }: JsonObject): { key: string; members: readonly string[] } | string {
  if (typeof key !== 'string') return 'key must be a text';
  if (!Array.isArray(members) || !members.every((each) => typeof each === 'string')) return 'members must be texts';
  return { key, members };
}
