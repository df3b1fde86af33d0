/** What the parent process says to each worker: brokers, topic, number of records. */
export const [brokers, topic, count] = [process.argv[2].split(','), process.argv[3], Number(process.argv[4])];

/** Tells the parent what was done; it compares. */
export function report(records, bytes, startedAt) {
  process.stdout.write(`${JSON.stringify({ records, bytes, seconds: (performance.now() - startedAt) / 1000 })}\n`);
}
