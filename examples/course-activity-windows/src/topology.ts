import {
  EventTimeSessionWindows,
  OutputTag,
  Serializers,
  StreamExecutionEnvironment,
  TumblingEventTimeWindows,
  WatermarkStrategy,
} from '@millrace/core';
import type { ConsumerRecord, ProducerRecord, RepartitionTopics, Sink, Source, StreamGraph } from '@millrace/core';
import { parseConsumptionEvent } from './consumption-event.js';
import type { ConsumptionEvent } from './consumption-event.js';
import { counting } from './course-hour.js';
import type { Counts, CourseActivity } from './course-hour.js';
import { summing } from './session.js';
import type { LearnerSession, OpenSession } from './session.js';

/** Times of the job, in milliseconds. */
export interface WindowTimes {
  /** How far behind the newest event of a partition one may come and still be on time. */
  readonly outOfOrderness: number;
  /** A pause that ends a session. */
  readonly sessionGap: number;
  /** Length of the windows in which courses are counted. */
  readonly window: number;
  /** How long after its end a count is still corrected by events that come late. */
  readonly allowedLateness: number;
  /** A partition without events for so long does not hold the others back. */
  readonly idleness: number;
}

export interface TopologyOptions {
  /** Consumption events, partitioned by the learner. */
  readonly source: Source<ConsumerRecord>;
  /** Brings the events of a course together. */
  readonly through: RepartitionTopics;
  /** Partitions of the source's topic. */
  readonly writers: number;
  readonly sinks: {
    readonly sessions: Sink<LearnerSession>;
    readonly activity: Sink<CourseActivity>;
    /** Events that came too late to be counted. */
    readonly late: Sink<ProducerRecord>;
    /** What is no consumption event. */
    readonly failed: Sink<ProducerRecord>;
  };
  readonly times: WindowTimes;
  /** Told of what happens, for the summary. */
  readonly count: (what: 'processed' | 'failed' | 'late' | 'sessions' | 'windows') => void;
}

const FAILED = new OutputTag<ProducerRecord>('failed');
const LATE = new OutputTag<ConsumptionEvent>('late');

/** The job as a graph. Does no I/O. */
export function buildTopology({ source, through, writers, sinks, times, count }: TopologyOptions): StreamGraph {
  const env = new StreamExecutionEnvironment({ jobName: 'course-activity-windows' });
  const parsed = env
    .fromSource(source, { uid: 'consumption-events', name: 'consumption events' })
    .process<ConsumptionEvent>(
      {
        processElement(record, _context, out) {
          out.collect(parseConsumptionEvent(record));
          count('processed');
        },
      },
      {
        uid: 'parse',
        errors: {
          classify: () => 'event',
          onEventError: {
            tag: FAILED,
            make(record, error) {
              count('failed');
              return [failedRecord(record, error)];
            },
          },
        },
      },
    );
  parsed.getSideOutput(FAILED).sinkTo(sinks.failed, { uid: 'failed', name: 'failed events' });

  // A task reads one partition, so that this is the event time of a partition, as it would be at the source.
  const events = parsed.assignTimestampsAndWatermarks(
    WatermarkStrategy.forBoundedOutOfOrderness<ConsumptionEvent>(times.outOfOrderness)
      .withTimestampAssigner(({ ets }) => ets)
      .withIdleness(times.idleness),
    { uid: 'event-time', name: 'event time' },
  );

  events
    .keyBy(({ userId, courseId }) => JSON.stringify([userId, courseId]), { name: 'by learner and course' })
    .window(EventTimeSessionWindows.withGap(times.sessionGap))
    .aggregate<OpenSession, OpenSession, LearnerSession>(
      summing,
      {
        process(key, _context, [session], out) {
          const [userId, courseId] = JSON.parse(key) as [string, string];
          const { from, to, events, contents } = session as OpenSession;
          out.collect({ userId, courseId, from, to, events, contents: contents.length });
          count('sessions');
        },
      },
      { uid: 'sessions' },
    )
    .sinkTo(sinks.sessions, { uid: 'session-table', name: 'table of sessions' });

  const activity = events
    .repartition(({ courseId }) => courseId, {
      uid: 'by-course',
      name: 'by course',
      through,
      writers,
      serializer: Serializers.json<ConsumptionEvent>(),
    })
    .window(TumblingEventTimeWindows.of(times.window))
    .allowedLateness(times.allowedLateness)
    .sideOutputLateData(LATE)
    .aggregate<Counts, Counts, CourseActivity>(
      counting,
      {
        process(courseId, context, [counts], out) {
          const { events: total, learners } = counts as Counts;
          out.collect({
            courseId,
            windowStart: context.window().start,
            events: total,
            learners: learners.length,
          });
          count('windows');
        },
      },
      { uid: 'activity' },
    );
  activity.sinkTo(sinks.activity, { uid: 'activity-table', name: 'table of activity' });
  activity
    .getSideOutput(LATE)
    .map((event) => {
      count('late');
      return { key: event.courseId, value: JSON.stringify(event) };
    })
    .sinkTo(sinks.late, { uid: 'late', name: 'late events' });
  return env.getStreamGraph();
}

function failedRecord(record: ConsumerRecord, error: unknown): ProducerRecord {
  return {
    key: record.key,
    value: record.value,
    headers: {
      'failed-reason': error instanceof Error ? error.message : 'unknown',
      'failed-topic': record.topic,
      'failed-partition': String(record.partition),
      'failed-offset': String(record.offset),
    },
  };
}
