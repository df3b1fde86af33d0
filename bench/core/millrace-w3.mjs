import { TumblingEventTimeWindows, WatermarkStrategy } from '@millrace/core';
import { closed, courseOf, isSync, OUT_OF_ORDER_MS, parse, WINDOW_MS } from './workload.mjs';

const count = { createAccumulator: () => 0, add: (_event, sum) => sum + 1, getResult: (sum) => sum };

export function build(env, source) {
  return env
    .fromSource(source, { uid: 'in', watermarks: WatermarkStrategy.forBoundedOutOfOrderness(OUT_OF_ORDER_MS) })
    .map(parse)
    .filter(isSync)
    .keyBy(courseOf)
    .window(TumblingEventTimeWindows.of(WINDOW_MS))
    .aggregate(
      count,
      { process: (course, context, [sum], out) => out.collect(closed(course, context.window().start, sum)) },
      { uid: 'windows' },
    );
}
