/** What the parent process says to each contestant. */
export const [workload, brokers, input, output, folder] = [
  process.argv[2],
  process.argv[3].split(','),
  ...process.argv.slice(4, 7),
];
export const count = Number(process.argv[7]);

/** What the parent cannot see in the topic. */
export function report(found) {
  process.stdout.write(`${JSON.stringify(found)}\n`);
}
