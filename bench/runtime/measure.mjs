/** CPU of this process for a piece of work, in nanoseconds for each of `count`; the best is what others disturbed least. */
export async function cpuPer(count, runs, work) {
  await work(); // so that what is measured is compiled
  const found = [];
  for (let run = 0; run < runs; run += 1) {
    const before = process.cpuUsage();
    await work();
    const { user, system } = process.cpuUsage(before);
    found.push(((user + system) * 1000) / count);
  }
  return found;
}

export function counting() {
  const sink = {
    kind: 'bench',
    description: 'counts',
    seen: 0,
    open: async () => ({
      write(_value, acknowledgement) {
        sink.seen += 1;
        acknowledgement.done();
      },
      flush: async () => undefined,
      close: async () => undefined,
    }),
  };
  return sink;
}
