import { closed, courseOf, isSync, OUT_OF_ORDER_MS, parse, WINDOW_MS } from './workload.mjs';

/** Counts by window and course; windows close when the watermark passes, which is looked at after each fetch. */
export function createLoop() {
  const windows = new Map();
  let newest = 0;
  let watermark = -Infinity;
  return {
    late: 0,
    process(message) {
      const time = Number(message.timestamp);
      if (time > newest) newest = time;
      const event = parse(message);
      if (!isSync(event)) return;
      const start = time - (time % WINDOW_MS);
      if (start + WINDOW_MS - 1 <= watermark) {
        this.late += 1;
        return;
      }
      let counts = windows.get(start);
      if (counts === undefined) windows.set(start, (counts = new Map()));
      const course = courseOf(event);
      counts.set(course, (counts.get(course) ?? 0) + 1);
    },
    endOfBatch(out) {
      watermark = newest - OUT_OF_ORDER_MS - 1;
      for (const [start, counts] of [...windows].sort(([a], [b]) => a - b)) {
        if (start + WINDOW_MS - 1 > watermark) break;
        windows.delete(start);
        for (const [course, count] of counts) out.push(closed(course, start, count));
      }
    },
  };
}
