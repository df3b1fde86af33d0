// What a unit of work costs when there is more of it: a curve that stays flat, or bends upwards and is marked.
//   npm run bench -- growth [--curves backlog,...] [--runs 3] [--quick] [--json FILE]
import { parseArgs } from 'node:util';
import { DIMENSIONS } from './growth/dimensions.mjs';
import { judge } from './growth/judge.mjs';
import { machine } from './support/machine.mjs';
import { probed } from './support/probed.mjs';
import { note, printTable, writeResult } from './support/report.mjs';
import { round, spread, spreadText } from './support/statistics.mjs';

const child = new URL('growth/child.mjs', import.meta.url).pathname;
const FLAGS = ['--expose-gc'];

export async function main(args) {
  const { values } = parseArgs({
    args,
    options: {
      curves: { type: 'string', default: Object.keys(DIMENSIONS).join(',') },
      runs: { type: 'string', default: '3' },
      quick: { type: 'boolean', default: false }, // without the largest sizes, once each
      json: { type: 'string' },
    },
  });
  const runs = values.quick ? 1 : Number(values.runs);
  const where = machine();
  const points = [];
  for (const dimension of values.curves.split(',')) {
    if (!Object.hasOwn(DIMENSIONS, dimension)) throw new Error(`--curves: ${Object.keys(DIMENSIONS).join(', ')}`);
    const { sizes, quick } = DIMENSIONS[dimension];
    // The sizes take turns: what else the machine does hits all of them.
    for (let run = 1; run <= runs; run += 1) {
      for (const size of values.quick ? quick : sizes) {
        const { found, load } = await probed(child, [dimension, size], FLAGS);
        for (const each of found) points.push({ dimension, size, run, load, ...each });
        note({ dimension, size, run, load, found });
      }
    }
  }
  const curves = curvesOf(points);
  print(curves);
  writeResult(values.json, { benchmark: 'growth', ...where, isQuick: values.quick, curves, points });
}

function curvesOf(points) {
  return [...new Set(points.map(({ curve }) => curve))].map((curve) => {
    const mine = points.filter((point) => point.curve === curve);
    const sizes = [...new Set(mine.map(({ size }) => size))].map((size) => {
      const of = (name) => mine.filter((point) => point.size === size).map((point) => point[name]);
      return {
        size,
        nanoseconds: spread(of('nanoseconds')),
        peakMegabytes: spread(of('peakMegabytes')),
        grownMegabytes: spread(of('grownMegabytes')),
        load: spread(of('load')),
      };
    });
    return { curve, of: mine[0].of, unit: mine[0].unit, sizes, ...judge(sizes) };
  });
}

function print(curves) {
  for (const { curve, of, unit, sizes, cpu, memory } of curves) {
    console.log(`\n${curve}`);
    printTable(
      [of, `CPU ns per ${unit}`, 'peak MB', 'grown by MB', `KB for each of ${of}`, 'load'],
      sizes.map(({ size, nanoseconds, peakMegabytes, grownMegabytes, load }) => [
        size,
        spreadText(Object.values(nanoseconds)),
        round(peakMegabytes.median),
        round(grownMegabytes.median),
        round((grownMegabytes.median * 1_024) / size),
        spreadText(Object.values(load)),
      ]),
    );
    const said = (what, { lastToFirst, lastToLowest, isBent }) =>
      `${what}: last to first ${round(lastToFirst)}, to the lowest ${round(lastToLowest)}${isBent ? ' BENDS UPWARDS' : ''}`;
    console.log(said('CPU', cpu));
    console.log(said('memory', memory));
  }
  const bent = curves.flatMap(({ curve, cpu, memory }) => [
    ...(cpu.isBent ? [`${curve} (CPU)`] : []),
    ...(memory.isBent ? [`${curve} (memory)`] : []),
  ]);
  console.log(bent.length === 0 ? '\nno curve bends upwards' : `\nbend upwards: ${bent.join(', ')}`);
}
