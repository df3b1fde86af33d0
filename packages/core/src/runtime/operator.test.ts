import { describe, expect, test } from '@jest/globals';
import { filter } from 'rxjs';
import { OutputTag } from '../api/output-tag.js';
import { FilterOperator, MapOperator } from '../operators/simple-operators.js';
import { StreamOperator } from './operator.js';
import type { OperatorHost } from './operator.js';
import type { Output } from './output.js';
import { Scope } from './scope.js';
import { Multicast, stage } from './stage.js';
import { Steps } from './step.js';
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

class Collected implements Output<unknown> {
  readonly records: StreamRecord<unknown>[] = [];

  next(record: StreamRecord<unknown>): void {
    this.records.push(record);
  }

  get values(): unknown[] {
    return this.records.map(({ value }) => value);
  }
}

const record = (value: unknown, timestamp?: number): StreamRecord<unknown> =>
  new StreamRecord(value, timestamp, new NoScope());

function hostOf(failures: unknown[]): OperatorHost {
  const host: Partial<OperatorHost> = {
    context: { operator: 'step' } as OperatorHost['context'],
    fail: (error) => failures.push(error),
  };
  return host as OperatorHost;
}

test('an error that escapes from an operator is told to the task, and the next element comes through', () => {
  const failures: unknown[] = [];
  const out = new Collected();
  const operator = new Broken();
  operator.setup(hostOf(failures));
  const input = new Multicast<number>();
  input.records.pipe(stage(operator)).subscribe((passed) => out.next(passed));
  for (const value of [0, 1, 2]) input.output.next(record(value) as StreamRecord<number>);
  expect(failures).toEqual([new Error('bug')]);
  expect(out.values).toEqual([0, 2]);
});

test('the operators of a task are RxJS operators: others fit between them', () => {
  const out = new Collected();
  const input = new Multicast<number>();
  const halves = new MapOperator<number, number>((n) => n / 2, undefined);
  const plusOne = new MapOperator<number, number>((n) => n + 1, undefined);
  const evenOnly = filter<StreamRecord<number>>(({ value }) => value % 2 === 0);
  input.records.pipe(stage(halves), evenOnly, stage(plusOne)).subscribe((passed) => out.next(passed));
  for (const value of [2, 4, 6, 8]) input.output.next(record(value) as StreamRecord<number>);
  expect(out.values).toEqual([3, 5]);
});

test('several readers get each element in the order in which they subscribed', () => {
  const input = new Multicast<number>();
  const got: string[] = [];
  input.records.subscribe(({ value }) => got.push(`first ${String(value)}`));
  input.records.subscribe(({ value }) => got.push(`second ${String(value)}`));
  for (const value of [1, 2]) input.output.next(record(value) as StreamRecord<number>);
  expect(got).toEqual(['first 1', 'second 1', 'first 2', 'second 2']);
});

const letters = new OutputTag<number>('letters');

describe('steps that follow each other', () => {
  const odd = new FilterOperator<number>((n) => n % 2 === 1, undefined);
  const tenfold = new MapOperator<number, number>((n) => n * 10, undefined);
  const refusing = new MapOperator<number, number>((n) => {
    if (n === 30) throw new Error('thirty');
    return n + 1;
  }, undefined);

  function chained(out: Output<unknown>, ...operators: readonly StreamOperator<number, number>[]): Output<unknown> {
    return operators.reduceRight((next, operator) => Steps.before(operator.step!, next), out);
  }

  test('pass on what the last gives, with timestamp and scope of the element', () => {
    const out = new Collected();
    const steps = chained(out, odd, tenfold, odd);
    const [one, three] = [record(1, 100), record(3, 300)];
    chained(out, odd, tenfold).next(one);
    for (const each of [record(2), three]) steps.next(each);
    expect(out.values).toEqual([10]);
    expect(out.records[0]).toMatchObject({ timestamp: 100, scope: one.scope });
  });

  test('of which none changes the element pass it on as it is', () => {
    const out = new Collected();
    const one = record(1, 100);
    chained(out, odd, odd).next(one);
    expect(out.records[0]).toBe(one);
  });

  test('end for an element at the one that throws, by its own policy', () => {
    const failures: unknown[] = [];
    const out = new Collected();
    const asides: unknown[] = [];
    refusing.setup(hostOf(failures));
    const lenient = new MapOperator<number, number>(
      () => {
        throw new Error('never');
      },
      { onEventError: { tag: letters, make: (input) => [input] } },
    );
    lenient.setup({
      ...hostOf(failures),
      context: {
        operator: 'lenient',
        logger: { debug: () => undefined },
        metrics: { counter: () => ({ inc: () => undefined }) },
      } as unknown as OperatorHost['context'],
      emitSide: (_tag, letter) => asides.push(letter.value),
    });
    const steps = chained(out, tenfold, refusing);
    for (const value of [2, 3, 4]) steps.next(record(value));
    expect(out.values).toEqual([21, 41]);
    expect(failures).toMatchObject([{ cause: new Error('thirty') }]);
    chained(out, tenfold, lenient).next(record(5));
    expect(asides).toEqual([50]);
    expect(out.values).toHaveLength(2);
  });
});
