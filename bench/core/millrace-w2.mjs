import { ValueStateDescriptor } from '@millrace/core';
import { embeddedStateBackend } from '@millrace/embedded';
import { counted, isSync, parse, userOf } from './workload.mjs';

function counting() {
  let state;
  return {
    open(context) {
      state = context.getState(new ValueStateDescriptor('count'));
    },
    processElement({ ets }, context, out) {
      const now = { count: (state.value()?.count ?? 0) + 1, ets };
      state.update(now);
      out.collect(counted(context.getCurrentKey(), now));
    },
  };
}

export function build(env, source) {
  return env
    .fromSource(source, { uid: 'in' })
    .map(parse)
    .filter(isSync)
    .keyBy(userOf)
    .process(counting, { uid: 'count' });
}

export const openBackend = (directory) => embeddedStateBackend({ directory });
