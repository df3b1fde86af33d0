import type { AsyncContext, AsyncFunction, Clock, Counter, RuntimeContext } from '@millrace/core';
import { messageOf } from '@millrace/core';
import { completionTime } from '../domain/completion.js';
import type { FilterOptions } from '../domain/filter.js';
import { progressOf } from '../domain/progress.js';
import { keyOf } from '../domain/requests.js';
import type { WriteClock } from '../domain/write-clock.js';
import { LeafNodesMissingError, PartOfGroupError } from '../errors.js';
import type { ConsumptionStore, Stores } from '../stores/ports.js';
import { CourseGoneError, CourseStructures } from './course-structures.js';
import { partOf } from './elements.js';
import type { AggregatedGroup, FilteredGroup, Recompute } from './elements.js';
import { FilterStep } from './filter-step.js';
import { LeafNodes } from './leaf-nodes.js';
import type { LeafNodesFinding, LeafNodesOptions } from './leaf-nodes.js';
import { read } from './reading.js';
import type { ReadingSources } from './reading.js';
import { CountedRelations } from './relation-counts.js';
import { StageFailures } from './stage-failures.js';
import type { FailureOptions } from './stage-failures.js';

/** How the stage that computes aggregates behaves. */
export interface AggregateOptions extends FilterOptions, LeafNodesOptions {
  /** Whether units get aggregates too, or the course alone. */
  readonly moduleAggregates: boolean;
}

type AggregateStores = Pick<Stores, 'enrolments' | 'relations' | 'consumption' | 'collections'>;

/**
 * Stage 4: the new progress of an enrolment, a pure function of the relation cache and, read last, the consumption.
 * Writes nothing. Where it had to wait for the course's leaf nodes, stage 3 is applied once more to a fresh read.
 * Announcements pass.
 */
export class AggregateFunction implements AsyncFunction<FilteredGroup, AggregatedGroup> {
  /** To be given to the operator. */
  readonly errors: StageFailures;
  readonly #collections: AggregateStores['collections'];
  readonly #options: AggregateOptions;
  readonly #step: FilterStep;
  readonly #relations: CountedRelations;
  readonly #leafNodes: LeafNodes;
  readonly #sources: ReadingSources;
  readonly #clock: Clock;
  /** What is left of a group whose replayed part was announced in a call that is retried. */
  readonly #others = new WeakMap<Recompute, Recompute>();
  #reads!: Counter;
  #recomputed!: Counter;

  constructor(
    stores: AggregateStores,
    options: AggregateOptions,
    failures: FailureOptions,
    clock: Clock,
    writeClock: WriteClock,
  ) {
    this.#collections = stores.collections;
    this.#options = options;
    this.errors = new StageFailures('aggregate', failures);
    this.#step = new FilterStep(stores.enrolments, options, failures.tally);
    this.#relations = new CountedRelations(stores.relations);
    this.#leafNodes = new LeafNodes(this.#relations, options, clock);
    this.#clock = clock;
    const consumption: ConsumptionStore = {
      read: async (key) => {
        const rows = await stores.consumption.read(key);
        this.#reads.inc();
        return rows;
      },
    };
    const structures = new CourseStructures(this.#relations, this.errors.classify, (sets) => {
      this.#relations.had(sets);
    });
    this.#sources = { structures, consumption, writeClock };
  }

  open({ metrics }: Pick<RuntimeContext, 'metrics'>): void {
    this.errors.open(metrics);
    this.#step.open(metrics);
    this.#relations.open(metrics);
    this.#reads = metrics.counter('db-read-count', 'Reads of the database');
    this.#recomputed = metrics.counter('processed-enrolment-count', 'Enrolments recomputed');
  }

  async asyncInvoke(
    input: FilteredGroup,
    context: Pick<AsyncContext<AggregatedGroup>, 'emitAcknowledged' | 'signal'>,
  ): Promise<readonly AggregatedGroup[]> {
    if (input.kind !== 'recompute') return [input];
    let element = this.#others.get(input) ?? input;
    try {
      for (;;) {
        const finding = await this.#leafNodes.find(element.courseId, context.signal);
        if (finding.waited) {
          const { announcement, recompute } = await this.#step.apply(element);
          if (recompute === undefined) return announcement === undefined ? [] : [announcement];
          if (announcement !== undefined) {
            await context.emitAcknowledged(announcement);
            this.#others.set(input, recompute);
          }
          element = recompute;
        }
        const computed = await this.#unlessGone(this.#recompute(element, finding));
        if (computed !== undefined) return [computed];
      }
    } catch (error) {
      throw element.requests === input.requests ? error : new PartOfGroupError(element.requests, error);
    }
  }

  /** Undefined where the course's sets went away while they were read: they are waited for again. */
  async #unlessGone(computing: Promise<AggregatedGroup>): Promise<AggregatedGroup | undefined> {
    try {
      return await computing;
    } catch (error) {
      if (error instanceof CourseGoneError) return undefined;
      throw error;
    }
  }

  async #recompute(input: Recompute, { sets, attempts }: LeafNodesFinding): Promise<AggregatedGroup> {
    if (sets === undefined) throw await this.#missing(input.courseId, attempts);
    const key = keyOf(input);
    const reading = await read(key, sets, this.#options.moduleAggregates, input.row.lastWrite, this.#sources);
    const progress = progressOf(key, reading.structure, reading.rows);
    this.#recomputed.inc();
    if (progress === undefined) return { kind: 'settled', ...partOf(input) };
    const { aggregates, contentStatus, complete } = progress;
    return {
      kind: 'computed',
      ...partOf(input),
      aggregates,
      aggregatesAt: reading.aggregatesAt,
      update: {
        ...key,
        progress: progress.progress,
        contentStatus,
        datetime: this.#clock.now(),
        readAt: reading.readAt,
      },
      completion: complete ? completionTime(input.row, input.requests[0].time) : undefined,
    };
  }

  /** Why a course has no leaf nodes, by the search service. That it cannot be asked never holds the job. */
  async #missing(courseId: string, attempts: number): Promise<LeafNodesMissingError> {
    try {
      const status = await this.#collections.status(courseId);
      if (status === undefined) {
        return new LeafNodesMissingError('ERR_COLLECTION_UNKNOWN', courseId, 'unknown to the search service', attempts);
      }
      const code = status === 'Retired' ? 'ERR_COLLECTION_RETIRED' : 'ERR_LEAF_NODES_MISSING';
      return new LeafNodesMissingError(code, courseId, status, attempts);
    } catch (error) {
      const status = `its status is not known: ${messageOf(error)}`;
      return new LeafNodesMissingError('ERR_LEAF_NODES_MISSING', courseId, status, attempts);
    }
  }
}
