// What is drawn of each benchmark's result; a result that is not there is not drawn.
import { barChart, lineChart } from './draw.mjs';

/** Measured with the same records on two cores, best of two quiet runs; CPU seconds for a million records. */
const OTHERS = {
  'Flink 1.20 (heap)': [17.7, 17.6, 17.6],
  'Kafka Streams 3.9': [17.5, 23.8, 20.9],
  quix: [24.0, 31.3, 23.8],
};

const medianOf = (values) => {
  const sorted = [...values].sort((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
};
const loadOf = ({ load, results, points }) => {
  const loads = (results ?? points ?? []).map((each) => each.load).filter((each) => each !== undefined);
  return medianOf(loads.length > 0 ? loads : [load]);
};
/** A machine with more to do than its cores can makes figures rough; a picture must say so. */
function subtitleOf(result) {
  const load = loadOf(result);
  const busy = load > result.cores ? `, a BUSY machine (load ${load.toFixed(0)}): ratios only` : '';
  return `Node.js ${result.node}, ${result.cores} cores${busy}`;
}

/** @param results by name of the benchmark; @returns SVG by name of the file */
export function pictures(results) {
  const drawn = [
    coreChart(results),
    growthChart(results.growth),
    latencyChart(results.latency),
    sweepChart(results.reconciliation),
  ];
  return Object.fromEntries(drawn.filter((each) => each !== undefined));
}

function coreChart(results) {
  const cores = ['core-w1', 'core-w2', 'core-w3'].map((name) => results[name]);
  if (cores.includes(undefined)) return undefined;
  const of = (contestant) =>
    cores.map(({ summary }) => summary.find((each) => each.contestant === contestant)?.cpuSecondsPerMillion.median);
  const bars = [
    { name: 'Millrace', values: of('millrace') },
    { name: 'floor: plain loop', values: of('floor-mended') },
    ...Object.entries(OTHERS).map(([name, values]) => ({ name, values })),
  ];
  const title = 'CPU seconds for a million records, Kafka to Kafka';
  const groups = ['W1: filter', 'W2: count per user', 'W3: windows'];
  return [
    'core.svg',
    barChart({ title, subtitle: `${subtitleOf(cores[0])}; the others on a quiet one`, y: 'CPU seconds', groups, bars }),
  ];
}

function growthChart(result) {
  if (result === undefined) return undefined;
  const lines = result.curves.map(({ curve, sizes }) => {
    const lowest = Math.min(...sizes.map(({ nanoseconds }) => nanoseconds.median));
    return { name: curve, points: sizes.map(({ size, nanoseconds }) => [size, nanoseconds.median / lowest]) };
  });
  const title = 'Cost of a unit as there is more of it';
  const axes = {
    x: 'how many (records, keys, partitions, operators, windows)',
    y: 'CPU of a unit, lowest = 1',
    isLogY: true,
  };
  return ['growth.svg', lineChart({ title, subtitle: subtitleOf(result), ...axes, lines })];
}

function latencyChart(result) {
  if (result === undefined) return undefined;
  const { results } = result;
  const lines = [...new Set(results.map((each) => each.contestant))].flatMap((contestant) =>
    ['p50', 'p99', 'p999'].map((quantile) => ({
      name: `${contestant === 'millrace' ? 'Millrace' : 'floor'} ${quantile === 'p999' ? 'p99.9' : quantile}`,
      isFloor: contestant !== 'millrace',
      points: [...new Set(results.map((each) => each.percent))].map((percent) => [
        percent,
        medianOf(
          results
            .filter((each) => each.contestant === contestant && each.percent === percent)
            .map((each) => each[quantile]),
        ),
      ]),
    })),
  );
  const title = 'Record produced to result visible';
  const axes = { x: '% of the highest rate', y: 'ms', isLogX: false, isLogY: true };
  return ['latency.svg', lineChart({ title, subtitle: subtitleOf(result), ...axes, lines })];
}

function sweepChart(result) {
  if (result?.sweep === undefined) return undefined;
  const lines = ['job', 'floor'].map((contestant) => {
    const mine = result.sweep.filter((each) => each.contestant === contestant);
    return {
      name: contestant,
      isFloor: contestant === 'floor',
      points: [...new Set(mine.map((each) => each.concurrency))].map((concurrency) => [
        concurrency,
        medianOf(mine.filter((each) => each.concurrency === concurrency).map((each) => each.requestsPerSecond)),
      ]),
    };
  });
  const title = 'Reconciliation: requests a second by requests in flight';
  const subtitle = subtitleOf({ ...result, results: result.sweep });
  return ['reconciliation.svg', lineChart({ title, subtitle, x: 'requests in flight', y: 'requests a second', lines })];
}
