// node child.mjs MODULE RUNS ARGS...: one measurement in a process of its own, so that none is compiled for another.
const [module, runs, ...args] = process.argv.slice(2);
const { default: measure } = await import(`./${module}.mjs`);
process.stdout.write(`${JSON.stringify(await measure(Number(runs), ...args))}\n`);
