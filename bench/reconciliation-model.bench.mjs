// How many requests a second one process keeps in flight where the services are not the limit: the job's own graph on 64
// partitions, with services that answer every call after 10 ms and take any number at once (or, with --places, so many;
// the rest stands in line there). The clients are not in it: their own cost is in `reconciliation`.
//   npm run bench -- reconciliation-model [--in-flight 16,64,128,256,512,adaptive] [--splits N] [--latency MS]
//                                         [--places N] [--seconds N] [--runs N] [--json FILE]
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { machine } from './support/machine.mjs';
import { node } from './support/millrace.mjs';
import { round, spread, spreadText } from './support/statistics.mjs';

const script = new URL('reconciliation-model/run.mjs', import.meta.url).pathname;

export async function main(args) {
  const { values } = parseArgs({
    args,
    options: {
      'in-flight': { type: 'string', default: '16,64,128,256,512,adaptive' },
      splits: { type: 'string', default: '64' },
      latency: { type: 'string', default: '10' },
      places: { type: 'string' },
      seconds: { type: 'string', default: '5' },
      runs: { type: 'string', default: '3' },
      json: { type: 'string' },
    },
  });
  const started = machine();
  const results = [];
  for (let run = 1; run <= Number(values.runs); run += 1) {
    for (const inFlight of values['in-flight'].split(',')) {
      const isAdaptive = inFlight === 'adaptive';
      const settings = {
        maxInFlight: isAdaptive ? 1_024 : Number(inFlight),
        isAdaptive,
        splits: Number(values.splits),
        latencyMs: Number(values.latency),
        places: values.places === undefined ? null : Number(values.places),
        seconds: Number(values.seconds),
      };
      const figures = JSON.parse(await node([script, JSON.stringify(settings)]));
      results.push({ inFlight, run, ...figures, load: machine().load });
      process.stderr.write(`${JSON.stringify(results.at(-1))}\n`);
    }
  }
  const head = ['in flight', 'requests/s', 'own CPU ms', 'cores', 'latency p50 ms', 'p99 ms', 'peak MB', 'load'];
  const table = new Table({ head, style: { head: [], border: [] } });
  for (const inFlight of values['in-flight'].split(',')) {
    const of = (name) => results.filter((each) => each.inFlight === inFlight).map((each) => each[name]);
    const limit = round(spread(of('limit')).median);
    table.push([
      inFlight === 'adaptive' ? `adaptive (${limit})` : inFlight,
      spreadText(of('requestsPerSecond')),
      ...['cpuMillisecondsPerRequest', 'cores', 'p50Milliseconds', 'p99Milliseconds', 'peakMegabytes'].map((name) =>
        round(spread(of(name)).median),
      ),
      spreadText(of('load')),
    ]);
  }
  console.log(table.toString());
  if (values.json !== undefined) {
    writeFileSync(
      values.json,
      `${JSON.stringify({ benchmark: 'reconciliation-model', ...started, options: values, results }, null, 2)}\n`,
    );
  }
}
