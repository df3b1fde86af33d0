// One process of `reconciliation-model.bench.mjs`: node run.mjs SETTINGS (JSON); prints its figures as JSON.
import { InMemoryMetrics, JobRunner, generatorSource, silentLogger, systemClock } from '@millrace/core';
import { buildTopology } from '@millrace/reconciliation';
import { processFigures } from '../support/machine.mjs';

const { maxInFlight, isAdaptive, splits, latencyMs, places, seconds } = JSON.parse(process.argv[2]);
const COURSES = 50;
const contents = Array.from({ length: 20 }, (_, index) => `content-${index}`);
const WARM_UP_MS = 2_000;

/** Services that answer after `latencyMs`; with `places`, so many calls at once, the others in line. */
let inService = 0;
const line = [];
function answer(value) {
  return new Promise((resolve) => {
    const begin = () => {
      inService += 1;
      setTimeout(() => {
        inService -= 1;
        resolve(value);
        line.shift()?.();
      }, latencyMs);
    };
    if (places === null || inService < places) begin();
    else line.push(begin);
  });
}

const units = [0, 1, 2].map((unit) => ({
  id: `unit-${unit}`,
  below: contents.filter((_, index) => index % 3 === unit),
}));
const optional = new Set(contents.slice(12));
const courseSets = { leafNodes: new Set(contents), optionalNodes: optional };
const unitSets = new Map(
  units.map(({ id, below }) => [
    id,
    { leafNodes: new Set(below), optionalNodes: new Set(below.filter((each) => optional.has(each))) },
  ]),
);
const above = new Map(units.flatMap(({ id, below }) => below.map((each) => [each, id])));
const kept = new Map(Array.from({ length: COURSES }, (_, index) => [`course-${index}`, { ...courseSets }]));
const begunAt = new Map();
const latencies = [];
let settled = 0;
let isMeasuring = false;

const stores = {
  enrolments: {
    read(key) {
      begunAt.set(key.userId, performance.now());
      return answer({ status: 1, completedon: null, certificateCount: 0, lastWrite: 1n });
    },
    async write({ userId, completion }) {
      await answer(undefined);
      if (completion === undefined) done(userId);
    },
  },
  consumption: {
    read: ({ userId }) => {
      const isComplete = Number(userId.slice(5)) % 2 === 1;
      return answer(contents.map((contentId, index) => ({ contentId, status: isComplete || index % 4 ? 2 : 1 })));
    },
  },
  aggregates: { merge: () => answer(undefined) },
  relations: {
    // As the process's cache answers: at once, the same sets each time.
    sets: (courseId, ids) =>
      Promise.resolve(ids.map((id) => (id === courseId ? kept.get(courseId) : unitSets.get(id)))),
    ancestors: (courseId, ids) => Promise.resolve(ids.map((id) => new Set([above.get(id), courseId]))),
  },
  collections: { status: () => answer('Live') },
};

function done(userId) {
  const begun = begunAt.get(userId);
  begunAt.delete(userId);
  settled += 1;
  if (isMeasuring && begun !== undefined) latencies.push(performance.now() - begun);
}

const sink = (onWritten) => ({
  kind: 'model',
  description: 'acknowledges after the latency',
  open: () =>
    Promise.resolve({
      write(record, ack) {
        void answer(undefined).then(() => {
          onWritten(record);
          ack.done();
        });
      },
      flush: () => Promise.resolve(),
      close: () => Promise.resolve(),
    }),
});

const encoder = new TextEncoder();
const source = generatorSource({
  splits,
  generate(index) {
    const userId = `user-${index}`;
    const courseId = `course-${index % COURSES}`;
    const edata = { action: 'user-enrolment-sync', iteration: 1, batchId: 'batch', userId, courseId };
    const value = encoder.encode(
      JSON.stringify({
        eid: 'BE_JOB_REQUEST',
        ets: 1_736_137_800_000 + index,
        mid: `LP.${index}.2f5d8a1e-6a0f-4a5e-9d53-${String(index).padStart(12, '0')}`,
        actor: { type: 'System', id: 'Course Batch Updater' },
        context: { pdata: { ver: '1.0', id: 'org.sunbird.platform' } },
        object: { type: 'CourseBatchEnrolment', id: `batch_${userId}` },
        edata,
      }),
    );
    const timestamp = 1_736_137_800_000 + index;
    return {
      topic: 'requests',
      partition: index % splits,
      offset: index,
      key: encoder.encode(userId),
      value,
      timestamp,
      headers: {},
    };
  },
});

const graph = buildTopology({
  source,
  sinks: { certificates: sink(() => undefined), audit: sink(({ key }) => done(key)), failed: sink(() => undefined) },
  stores,
  classify: () => 'infrastructure',
  options: {
    jobName: 'model',
    filterCompleted: true,
    certificateRecovery: false,
    moduleAggregates: true,
    missingWaitMs: 0,
    missingExpiryMs: 0,
    failedMaxBytes: 900_000,
    maxInFlight,
    adaptiveInFlight: isAdaptive,
    retryTimeoutMs: 60_000,
  },
});
const metrics = new InMemoryMetrics();
const surroundings = { clock: systemClock, logger: silentLogger, metrics };
const runner = new JobRunner(graph, { maxInFlight: Math.max(16_384, 4 * maxInFlight) }, surroundings);
const run = runner.run();
await new Promise((resolve) => setTimeout(resolve, isAdaptive ? 3 * WARM_UP_MS : WARM_UP_MS));
const before = { settled, cpu: process.cpuUsage(), at: performance.now() };
isMeasuring = true;
await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
const took = (performance.now() - before.at) / 1_000;
const { user, system } = process.cpuUsage(before.cpu);
const count = settled - before.settled;
latencies.sort((a, b) => a - b);
const limitOf = (labels) => metrics.group(labels).readGauge('inFlightLimit');
const limit = limitOf({ job: 'model', operator: 'key-by-enrolment' }) ?? limitOf({ operator: 'key-by-enrolment' });
const quantile = (q) => latencies[Math.floor(q * (latencies.length - 1))];
process.stdout.write(
  JSON.stringify({
    requestsPerSecond: count / took,
    cpuMillisecondsPerRequest: (user + system) / 1_000 / count,
    cores: (user + system) / 1e6 / took,
    p50Milliseconds: quantile(0.5),
    p99Milliseconds: quantile(0.99),
    peakMegabytes: processFigures('self').peakMegabytes,
    limit: limit ?? maxInFlight,
  }),
);
await runner.stop();
await run;
