// From a record that is produced to its result that can be read, at parts of the job's highest rate: W1 of the core
// benchmarks, one partition, this project beside a plain loop of kafkajs with the same encoder and decoder.
//   npm run bench -- latency [--percent 10,50,90] [--seconds 20] [--runs 3] [--contestants millrace,floor-mended]
//                            [--rate N] [--quick] [--json FILE]
import { parseArgs } from 'node:util';
import { KafkaConnection } from '@millrace/kafka';
import { startServices } from '@millrace/testing';
import { playRound } from './latency/round.mjs';
import { machine } from './support/machine.mjs';
import { note, printTable, writeResult } from './support/report.mjs';
import { round, spread, spreadText } from './support/statistics.mjs';

const WARM_UP_SECONDS = 5;

export async function main(args) {
  const { values } = parseArgs({
    args,
    options: {
      percent: { type: 'string', default: '10,50,90' },
      seconds: { type: 'string', default: '20' },
      runs: { type: 'string', default: '3' },
      contestants: { type: 'string', default: 'millrace,floor-mended' },
      rate: { type: 'string' }, // the highest; measured where it is not given
      quick: { type: 'boolean', default: false }, // one run of five seconds each
      json: { type: 'string' },
    },
  });
  const where = machine();
  const [runs, seconds] = values.quick ? [1, 5] : [Number(values.runs), Number(values.seconds)];
  const percents = values.percent.split(',').map(Number);
  const contestants = values.contestants.split(',');
  const services = await startServices(['kafka']);
  const brokers = services.kafka.addresses;
  const connection = new KafkaConnection({ brokers });
  const results = [];
  try {
    const bed = { connection, brokers };
    const highest =
      values.rate === undefined ? await highestRate(bed, runs, seconds) : { perSecond: Number(values.rate) };
    for (let run = 1; run <= runs; run += 1) {
      for (const percent of percents) {
        const rate = Math.round((highest.perSecond * percent) / 100);
        // They take turns: what else the machine does hits both.
        for (const contestant of contestants) {
          const options = { rate, seconds, warmUpSeconds: WARM_UP_SECONDS };
          results.push({ contestant, percent, rate, run, ...(await playRound(contestant, bed, options)) });
          note(results.at(-1));
        }
      }
    }
    print(highest, results);
    writeResult(values.json, { benchmark: 'latency', ...where, seconds, highest, results });
  } finally {
    await connection.close();
    await services.stop();
  }
}

/** Results a second while more records come than the job takes: producer, broker and reader have the same cores. */
async function highestRate(bed, runs, seconds) {
  const rounds = [];
  for (let run = 1; run <= runs; run += 1) {
    rounds.push(await playRound('millrace', bed, { rate: Infinity, seconds, warmUpSeconds: WARM_UP_SECONDS }));
    note({ highest: rounds.at(-1) });
  }
  return { perSecond: spread(rounds.map(({ perSecond }) => perSecond)).median, rounds };
}

function print(highest, results) {
  console.log(`highest rate of the job: ${Math.round(highest.perSecond)} results a second`);
  const head = ['', '% of it', 'records/s', 'p50 ms', 'p99 ms', 'p99.9 ms', 'own cores', 'peak MB', 'load'];
  const groups = new Map(results.map((each) => [`${each.percent} ${each.contestant}`, each]));
  const rows = [...groups.values()].map(({ contestant, percent, rate }) => {
    const mine = results.filter((each) => each.contestant === contestant && each.percent === percent);
    const of = (name) => mine.map((each) => each[name]);
    return [
      ...[contestant, percent, rate],
      ...['p50', 'p99', 'p999'].map((name) => spreadText(of(name))),
      ...['cores', 'peakMegabytes'].map((name) => round(spread(of(name)).median)),
      spreadText(of('load')),
    ];
  });
  printTable(head, rows);
  console.log('median (min to max) of the runs; time counts from the moment a record was due to be sent');
}
