import { platformVariables } from '@millrace/reconciliation/parts';
import { cqlName, text, topic } from '@millrace/runner';

/** The variables of the job; the names are those of Sunbird's job where it has one. */
export const variables = {
  ...platformVariables,
  'kafka.input.topic': topic('Topic with assessments, keyed by the learner.', '{{env}}.telemetry.assess'),
  'kafka.failed.topic': topic('Topic for assessments that cannot be used.', '{{env}}.telemetry.assess.failed'),
  'kafka.output.certissue.topic': topic('Topic for certificate requests.', '{{env}}.issue.certificate.request'),
  'kafka.groupId': text({ doc: 'Consumer group.', default: '{{env}}-assessment-aggregator-group' }),
  'lms-cassandra.table': text({ doc: 'Table of attempts.', default: 'assessment_aggregator', syntax: cqlName }),
  'user.activity.agg.type': text({ doc: '`type` of the entries of agg_details.', default: 'attempt_metrics' }),
};

export type Variables = typeof variables;

/** Variables with the job's topics. */
export const topics = {
  input: 'kafka.input.topic',
  groupId: 'kafka.groupId',
  outputs: { certificates: 'kafka.output.certissue.topic', failed: 'kafka.failed.topic' },
} as const;
