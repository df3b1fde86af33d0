import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { patchesOf } from '../planted/defects.mjs';
import type { ProcessOptions } from './job-process.js';

let everywhere: string | undefined;

/** Every process of a job that is started from now on has this defect; undefined: only those that a row asks for. */
export function plantEverywhere(defect: string | undefined): void {
  everywhere = defect;
}

/** The options of Node and the environment that `options.defects`, and the defect of every process, come with. */
export function planting(options: ProcessOptions = {}): ProcessOptions {
  const names = [...(options.defects ?? []), ...(everywhere === undefined ? [] : [everywhere])];
  if (names.length === 0) return options;
  const module = pathToFileURL(join(process.cwd(), 'test', 'integrity', 'planted', 'plant.mjs')).href;
  return {
    ...options,
    nodeArgs: ['--import', module, ...(options.nodeArgs ?? [])],
    env: { ...options.env, MILLRACE_PLANTED: names.join('|') },
  };
}

/**
 * A text that is not in the built program any more ends each process at its start, and a row would fail for that alone.
 *
 * @throws when a text of the defect is not there exactly once
 */
export function assertFits(defect: string): void {
  for (const { file, find } of patchesOf(defect)) {
    const places = readFileSync(join(process.cwd(), 'packages', file), 'utf8').split(find).length - 1;
    if (places !== 1) throw new Error(`"${defect}" fits ${String(places)} places of packages/${file}, not one`);
  }
}
