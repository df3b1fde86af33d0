import { describe, expect, test } from '@jest/globals';
import { Subject } from 'rxjs';
import { stage, StreamOperator } from './operator.js';
import type { OperatorHost } from './operator.js';
import { Scope } from './scope.js';
import { StreamRecord } from './stream-record.js';

class NoScope extends Scope {
  failed(): void {}
  protected settled(): void {}
}

/** A bug in an operator, not in a user function. */
class Broken extends StreamOperator<number, number> {
  override processElement(record: StreamRecord<number>): void {
    if (record.value === 1) throw new Error('bug');
    this.out.next(record);
  }
}

describe('a stage', () => {
  test('tells the task of an error that escapes from its operator, and the chain is not torn', () => {
    const failures: unknown[] = [];
    const operator = new Broken();
    operator.setup({ fail: (error) => failures.push(error) } as Partial<OperatorHost> as OperatorHost);
    const source = new Subject<StreamRecord<number>>();
    const seen: number[] = [];
    source.pipe(stage(operator)).subscribe(({ value }) => seen.push(value));
    for (const value of [0, 1, 2]) source.next(new StreamRecord(value, undefined, new NoScope()));
    expect(failures).toEqual([new Error('bug')]);
    expect(seen).toEqual([0, 2]);
  });

  test('ends its output with its input, and leaves its input when nobody reads it', () => {
    const operator = new Broken();
    const source = new Subject<StreamRecord<number>>();
    let isComplete = false;
    const reading = source.pipe(stage(operator)).subscribe({ complete: () => (isComplete = true) });
    expect(source.observed).toBe(true);
    source.complete();
    expect(isComplete).toBe(true);
    reading.unsubscribe();
    const other = new Subject<StreamRecord<number>>();
    other.pipe(stage(new Broken())).subscribe().unsubscribe();
    expect(other.observed).toBe(false);
  });
});
