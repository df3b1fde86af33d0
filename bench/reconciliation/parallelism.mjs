// The job in one process and in several, on a topic with as many partitions as the largest number of them.
import { machine } from '../support/machine.mjs';
import { note, printTable } from '../support/report.mjs';
import { round, spread, spreadText } from '../support/statistics.mjs';
import { runContestant } from './contestants.mjs';

/** Whoever comes second finds the larger tables: they take turns. @param parallelism numbers of processes, rising */
export async function measureParallelism(environment, { parallelism, concurrency, requests, runs }) {
  const input = await environment.inputTopic(requests, parallelism.at(-1));
  const results = [];
  let first;
  for (let run = 1; run <= runs; run += 1) {
    for (const processes of run % 2 === 1 ? parallelism : [...parallelism].reverse()) {
      const names = await environment.freshRun(input, requests);
      const { load } = machine();
      const more = ['--parallelism', String(processes)];
      const options = { requests, concurrency, more, mayRepeat: processes > 1 };
      const figures = await runContestant('job', environment, names, options);
      const left = await environment.results(names);
      first ??= left;
      // While partitions move from the first process to the next a request can be done twice: its record is there twice.
      const wrong = difference(left, first);
      if (wrong.size > 0) throw new Error(`${processes} processes left something else:\n${[...wrong][0]}`);
      results.push({ parallelism: processes, run, ...figures, load });
      note(results.at(-1));
    }
  }
  return results;
}

function difference(left, right) {
  const [a, b] = [new Set(left), new Set(right)];
  return new Set([...left.filter((each) => !b.has(each)), ...right.filter((each) => !a.has(each))]);
}

export function printParallelism(results) {
  const numbers = [...new Set(results.map((each) => each.parallelism))].sort((a, b) => a - b);
  const of = (parallelism, name) =>
    results.filter((each) => each.parallelism === parallelism).map((each) => each[name]);
  const base = spread(of(numbers[0], 'requestsPerSecond')).median;
  printTable(
    [
      '--parallelism',
      'at work',
      'repeated',
      'requests/s',
      'of the first',
      'CPU ms per request',
      'MB, all processes',
      'load',
    ],
    numbers.map((each) => [
      each,
      spreadText(of(each, 'processes')),
      spreadText(of(each, 'repeated')),
      spreadText(of(each, 'requestsPerSecond')),
      round(spread(of(each, 'requestsPerSecond')).median / base),
      round(spread(of(each, 'cpuMillisecondsPerRequest')).median),
      round(spread(of(each, 'peakMegabytes')).median),
      spreadText(of(each, 'load')),
    ]),
  );
}
