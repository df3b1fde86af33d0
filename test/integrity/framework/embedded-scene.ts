import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EmbeddedStore } from '@millrace/embedded';
import { freePort, uniqueName } from '@millrace/testing';
import { millraceOk } from '../../support/cli.js';
import { readDump } from '../../support/dumps.js';
import { optionsOf } from '../../support/world.js';
import { check } from '../oracle/check.js';
import { relationsOf } from '../oracle/course.js';
import { Cast, isStored } from '../oracle/learner.js';
import { enrolmentKey } from '../oracle/observed.js';
import type { Observed, ReadRecord } from '../oracle/observed.js';
import { requestsOf } from '../oracle/requests.js';
import type { PlannedRecord } from '../oracle/requests.js';
import { aggregatesBefore, enrolmentBefore } from '../oracle/tables.js';
import type { AggregateRows, EnrolmentRow } from '../oracle/tables.js';
import type { Verdict } from '../oracle/verdict.js';
import { JobProcess } from './job-process.js';
import type { ProcessOptions } from './job-process.js';
import { readable } from './observe.js';
import { groupOf, topicsOf } from './topics.js';

export interface EmbeddedRun {
  readonly untilDrained: boolean;
  readonly settings?: Readonly<Record<string, string>>;
  /** @default the scene's own */
  readonly directory?: string;
}

/** The same world in a folder, without servers: what has to be started many times. Every learner asks once. */
export class EmbeddedScene {
  readonly cast: Cast;
  readonly planned: readonly PlannedRecord[];
  readonly folder: string;
  readonly #learners: number;
  readonly #env: string;

  private constructor(folder: string, env: string, learners: number) {
    this.folder = folder;
    this.#env = env;
    this.#learners = learners;
    this.cast = new Cast(env);
    const planned: PlannedRecord[] = [];
    for (let n = 0; n < learners; n += 1) planned.push(...requestsOf(this.cast.learner(n), planned.length));
    this.planned = planned;
  }

  /** Writes the data set and loads it. `folder`: a parent that is there, e.g. a small disk. */
  static async create(
    learners: number,
    folder = mkdtempSync(join(tmpdir(), 'millrace-integrity-')),
  ): Promise<EmbeddedScene> {
    const env = uniqueName('i')
      .toLowerCase()
      .replaceAll(/[^a-z0-9]/g, '');
    const scene = new EmbeddedScene(folder, env, learners);
    const dataset = join(folder, 'dataset');
    writeDataset(dataset, scene.cast, learners, scene.planned);
    await millraceOk(['load', 'reconciliation', '--dataset', dataset, '--set', `env=${env}`, ...scene.store()]);
    rmSync(dataset, { recursive: true });
    return scene;
  }

  /** A copy of what there is, in a folder of its own. */
  copy(folder = mkdtempSync(join(tmpdir(), 'millrace-integrity-'))): EmbeddedScene {
    cpSync(this.directory, join(folder, 'store'), { recursive: true });
    return new EmbeddedScene(folder, this.#env, this.#learners);
  }

  get directory(): string {
    return join(this.folder, 'store');
  }

  private store(): readonly string[] {
    return ['--embedded', this.directory];
  }

  /** Starts `run`; ends by itself with `untilDrained`. */
  async start(
    { untilDrained, settings = {}, directory = this.directory }: EmbeddedRun,
    process: ProcessOptions = {},
  ): Promise<JobProcess> {
    const port = await freePort();
    const set = optionsOf({
      env: this.#env,
      'relation.cache.missing.wait': '0',
      'http.port': String(port),
      ...settings,
    });
    const args = [
      'run',
      'reconciliation',
      ...(untilDrained ? ['--until-drained'] : []),
      '--embedded',
      directory,
      ...set,
    ];
    return new JobProcess(args, port, process);
  }

  /** What the checker says of the folder; no process may have it open. */
  async judge(): Promise<Verdict> {
    return check(this.cast, this.#learners, this.planned, await this.#observe());
  }

  dispose(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #observe(): Promise<Observed> {
    const topics = topicsOf(this.#env);
    const store = await EmbeddedStore.open(this.directory);
    let logs: Omit<Observed, 'enrolments' | 'aggregates'>;
    try {
      const read = (topic: string): readonly ReadRecord[] =>
        store.log.topic(topic) === undefined ? [] : [...store.log.readAll(topic)].map(readable);
      const partitions = store.log.topic(topics.input)?.partitions ?? 0;
      logs = {
        inputs: read(topics.input),
        committed: store.groups.committed(groupOf(this.#env), topics.input),
        ends: new Map(Array.from({ length: partitions }, (_, p) => [p, store.log.endOffset(topics.input, p)])),
        certificates: read(topics.certificates),
        audits: read(topics.audit),
        failed: read(topics.failed),
      };
    } finally {
      await store.close();
    }
    const out = join(this.folder, 'dump');
    mkdirSync(out, { recursive: true });
    await millraceOk(['dump', 'reconciliation', '--out', out, '--set', `env=${this.#env}`, ...this.store()]);
    const { enrolments, aggregates } = readDump(out);
    return { ...logs, enrolments: enrolmentsOf(enrolments), aggregates: aggregatesOf(aggregates) };
  }
}

type Row = Readonly<Record<string, unknown>>;

function enrolmentsOf(rows: readonly Row[]): Map<string, EnrolmentRow> {
  return new Map(
    rows.map((row) => [
      enrolmentKey(row['userid'] as string, row['courseid'] as string, row['batchid'] as string),
      {
        status: (row['status'] as number | undefined) ?? null,
        completedon: (row['completedon'] as number | undefined) ?? null,
        progress: (row['progress'] as number | undefined) ?? null,
        contentstatus: (row['contentstatus'] as Record<string, number> | undefined) ?? {},
        active: (row['active'] as boolean | undefined) ?? null,
      },
    ]),
  );
}

function aggregatesOf(rows: readonly Row[]): Map<string, AggregateRows> {
  const found = new Map<string, Record<string, Record<string, number>>>();
  for (const row of rows) {
    const activities = found.get(row['user_id'] as string) ?? {};
    activities[row['activity_id'] as string] = row['aggregates'] as Record<string, number>;
    found.set(row['user_id'] as string, activities);
  }
  return found;
}

function writeDataset(folder: string, cast: Cast, learners: number, planned: readonly PlannedRecord[]): void {
  mkdirSync(folder, { recursive: true });
  const write = (name: string, lines: readonly object[]): void =>
    writeFileSync(join(folder, `${name}.jsonl`), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  const stored = Array.from({ length: learners }, (_, n) => cast.learner(n)).filter(isStored);
  const ids = ({ userid, courseid, batchid }: (typeof stored)[number]) => ({ userid, courseid, batchid });
  write(
    'enrolments',
    stored.map((learner) => ({ ...ids(learner), ...enrolmentBefore(learner) })),
  );
  write(
    'consumption',
    stored.flatMap((each) => [...each.consumed].map(([contentid, status]) => ({ ...ids(each), contentid, status }))),
  );
  write(
    'aggregates',
    stored.flatMap((each) =>
      Object.entries(aggregatesBefore(each)).map(([activity, aggregates]) => ({
        activity_type: 'Course',
        activity_id: activity,
        user_id: each.userid,
        context_id: `cb:${each.batchid}`,
        aggregates,
      })),
    ),
  );
  write('relations', cast.courses.flatMap(relationsOf));
  write(
    'collections',
    cast.courses.flatMap(({ id, status }) => (status === undefined ? [] : [{ identifier: id, status }])),
  );
  write(
    'requests',
    planned.map(({ key, value, timestamp }) => ({ key, value, timestamp })),
  );
}
