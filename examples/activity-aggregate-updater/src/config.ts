import { reconciliationVariables, stateVariables } from '@millrace/reconciliation/parts';
import { integer, number, text, topic } from '@millrace/runner';
import type { Config } from '@millrace/runner';

/** The variables of the reconciliation job, with this job's own topics, and those of the deduplication and the window. */
export const variables = {
  ...reconciliationVariables,
  ...stateVariables,
  'kafka.input.topic': topic(
    'Topic with the contents that learners have completed, keyed by user id.',
    '{{env}}.coursebatch.job.request',
  ),
  'kafka.output.failed.topic': topic(
    'Topic for events that failed, each with its cause.',
    '{{env}}.activity.agg.failed',
  ),
  'kafka.groupId': text({ doc: 'Consumer group.', default: '{{env}}-activity-aggregate-updater-group' }),
  'threshold.batch.read.size': integer({
    doc: 'Events of an enrolment that are brought together into one update.',
    default: 10,
    min: 1,
    max: 1_000,
  }),
  'threshold.batch.read.interval': number({
    doc: 'How long the first of them waits for the others.',
    default: 1,
    min: 0.001,
    max: 86_400,
    unit: 's',
  }),
  'dedup.expiry': number({
    doc: 'How long it is remembered that a learner has completed a content.',
    default: 604_800,
    min: 1,
    unit: 's',
  }),
};

export type Variables = typeof variables;
export type UpdaterConfig = Config<Variables>;
