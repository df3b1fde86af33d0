import { cassandraVariables, commonVariables, integer, number, redisVariables, text, topic } from '@millrace/runner';
import type { Config } from '@millrace/runner';

/** The variables of the job. */
export const variables = {
  ...commonVariables,
  ...cassandraVariables,
  ...redisVariables,
  'kafka.input.topic': topic('Topic with consumption events, keyed by the learner.', '{{env}}.course.consumption'),
  'kafka.output.late.topic': topic(
    'Topic for events that came too late to be counted.',
    '{{env}}.course.consumption.late',
  ),
  'kafka.output.failed.topic': topic(
    'Topic for records that are no consumption events.',
    '{{env}}.course.consumption.failed',
  ),
  'kafka.groupId': text({ doc: 'Consumer group.', default: '{{env}}-course-activity-windows-group' }),
  'kafka.partitions': integer({
    doc: 'Partitions of the input topic, and of the repartition topic where the job creates it.',
    default: 4,
    min: 1,
    max: 1_000,
  }),
  'lms-cassandra.keyspace': text({ doc: 'Keyspace of the tables.', default: 'sunbird_courses' }),
  'lms-cassandra.sessions.table': text({ doc: 'Table of sessions.', default: 'learner_sessions' }),
  'lms-cassandra.activity.table': text({ doc: 'Table of counts.', default: 'course_activity' }),
  'redis.database.state.id': integer({ doc: 'Redis database of the state.', default: 0, min: 0 }),
  'window.out-of-orderness': number({
    doc: 'How far behind the newest event of a partition one may come and still be on time.',
    default: 60,
    min: 0,
    unit: 's',
  }),
  'window.session.gap': number({ doc: 'A pause that ends a session.', default: 1_800, min: 1, unit: 's' }),
  'window.length': number({ doc: 'Length of the windows of a course.', default: 3_600, min: 1, unit: 's' }),
  'window.allowed-lateness': number({
    doc: 'How long after its end a count is still corrected.',
    default: 600,
    min: 0,
    unit: 's',
  }),
  'window.idleness': number({
    doc: 'A partition without events for so long holds no window back.',
    default: 60,
    min: 1,
    unit: 's',
  }),
};

export type Variables = typeof variables;
export type ActivityConfig = Config<Variables>;
