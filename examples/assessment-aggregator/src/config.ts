import { commonVariables, integer, text, topicName } from '@millrace/runner';
import type { Config } from '@millrace/runner';

/** The variables of the job; the names are those of Sunbird's job where it has one. */
export const variables = {
  ...commonVariables,
  'kafka.input.topic': text({
    doc: 'Topic with assessments.',
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
  'kafka.partitions': integer({
    doc: 'Partitions of topics that are created in an embedded store.',
    default: 4,
    min: 1,
    max: 1_000,
  }),
  'user.activity.agg.type': text({ doc: '`type` of the entries of agg_details.', default: 'attempt_metrics' }),
};

export type Variables = typeof variables;
export type AssessmentConfig = Config<Variables>;
