import { platformVariables } from '@millrace/reconciliation/parts';
import { cqlName, text, topicName } from '@millrace/runner';

/** The variables of the job; the names are those of Sunbird's job where it has one. */
export const variables = {
  ...platformVariables,
  'kafka.input.topic': text({
    doc: 'Topic with assessments, keyed by the learner.',
    default: '{{env}}.telemetry.assess',
    syntax: topicName,
  }),
  'kafka.failed.topic': text({
    doc: 'Topic for assessments that cannot be used.',
    default: '{{env}}.telemetry.assess.failed',
    syntax: topicName,
  }),
  'kafka.output.certissue.topic': text({
    doc: 'Topic for certificate requests.',
    default: '{{env}}.issue.certificate.request',
    syntax: topicName,
  }),
  'kafka.groupId': text({ doc: 'Consumer group.', default: '{{env}}-assessment-aggregator-group' }),
  'lms-cassandra.table': text({ doc: 'Table of attempts.', default: 'assessment_aggregator', syntax: cqlName }),
  'user.activity.agg.type': text({ doc: '`type` of the entries of agg_details.', default: 'attempt_metrics' }),
};

export type Variables = typeof variables;

/** Variables with the job's topics. */
export const topicVariables = {
  input: 'kafka.input.topic',
  groupId: 'kafka.groupId',
  outputs: { certificates: 'kafka.output.certissue.topic', failed: 'kafka.failed.topic' },
} as const;
