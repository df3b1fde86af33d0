import { boolean, integer, number } from '../define.js';

/** Restarts, checkpoints and bounds of a job; read by `jobOptions`. */
export const taskVariables = {
  'task.restart-strategy.attempts': integer({
    doc: 'Restarts inside the process before the job fails (fixed delay, as in Flink; the budget refills after an hour without failure).',
    default: 3,
    min: 0,
    max: 1_000_000,
  }),
  'task.restart-strategy.delay': integer({
    doc: 'Pause before a restart.',
    default: 10_000,
    min: 0,
    max: 86_400_000,
    unit: 'ms',
  }),
  'task.checkpointing.interval': integer({
    doc: 'Time between two commits of what is settled. After a crash at most this much work is repeated.',
    default: 1_000,
    min: 10,
    max: 86_400_000,
    unit: 'ms',
  }),
  'task.checkpointing.timeout': integer({
    doc: 'A checkpoint that takes longer fails the job attempt.',
    default: 600_000,
    min: 1_000,
    max: 86_400_000,
    unit: 'ms',
  }),
  'task.checkpointing.min-pause': integer({
    doc: 'Work at least between the end of a checkpoint and the next.',
    default: 0,
    min: 0,
    max: 86_400_000,
    unit: 'ms',
  }),
  'task.checkpointing.tolerable-failures': integer({
    doc: 'Failed checkpoints in a row that a job with state bears; one more fails the attempt.',
    default: 0,
    min: 0,
    max: 1_000_000,
  }),
  'task.checkpointing.max-changed-entries': integer({
    doc: 'Changed entries of state in a process at which a checkpoint comes before its interval. Bounds what changes take in memory, and what one write to the state backend holds.',
    default: 25_000,
    min: 1,
    max: 10_000_000,
  }),
  'task.state.max-cached-entries': integer({
    doc: 'Entries of state that a process keeps in memory besides those that have changed, where the backend is larger than memory (LMDB). Too few, and state is read over and over.',
    default: 50_000,
    min: 1,
    max: 100_000_000,
  }),
  'task.auto-watermark-interval': integer({
    doc: 'Time between two looks at the watermark generators of jobs with event time. 0: behind records alone; then nothing becomes idle.',
    default: 200,
    min: 0,
    max: 86_400_000,
    unit: 'ms',
  }),
  'task.retry.timeout': number({
    doc: 'How long a failing service is tried again in place before that counts as a restart.',
    default: 600,
    min: 0,
    max: 86_400,
    unit: 's',
  }),
  'task.max-in-flight': integer({
    doc: 'Keys that are worked on at once in a process. More load on the services, more throughput.',
    default: 128,
    min: 1,
    max: 16_384,
  }),
  'task.adaptive-in-flight': boolean({
    doc: 'Whether fewer keys are worked on while the services are slow, up to task.max-in-flight while they are not.',
    default: false,
  }),
};
