import { ManualClock } from '@millrace/core/testing';
import type { StateReader } from '../state/state-backend.js';
import { ValueStateDescriptor } from '../state/state-descriptor.js';
import { TaskState } from '../state/task-state.js';

/** The values of one state in a checkpoint, by key. */
export function keptValues(reader: StateReader, operator: string, name: string): ReadonlyMap<string | number, unknown> {
  const claim = {
    snapshot: reader.snapshot,
    get: reader.get.bind(reader),
    scan: reader.scan.bind(reader),
    isLargerThanMemory: false,
    write: () => Promise.reject(new Error('read only')),
  };
  const owner = { jobName: 'test', source: 'test', split: 'test' };
  const options = { owner, clock: new ManualClock(), stateful: [operator], allowNonRestoredState: true };
  const state = new TaskState(claim, options).forOperator(operator);
  const value = state.getState(new ValueStateDescriptor<unknown>(name));
  return new Map(
    [...state.keys(name)].map((key) => {
      state.setCurrentKey(key);
      return [key, value.value()] as const;
    }),
  );
}
