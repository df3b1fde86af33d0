/** One step of a plan for an operator of two inputs, each element with its value as event time. */
export type OperatorStep =
  | { readonly do: 'first' | 'second'; readonly key: string; readonly value: number }
  | { readonly do: 'watermark1' | 'watermark2' | 'advance'; readonly by: number }
  | { readonly do: 'restart' };

/** Keys of plans; the empty one too. */
export const OPERATOR_PLAN_KEYS = ['', 'a', 'b'] as const;
/** Values of plans are below this. */
export const OPERATOR_PLAN_VALUES = 13;

/** An element of a plan. */
export interface PlanItem {
  readonly key: string;
  readonly value: number;
}

/** What a plan is run on: an operator in its harness, and a naive model of it. */
export interface PlanSubject {
  element(input: 1 | 2, item: PlanItem): Promise<void> | void;
  watermark(input: 1 | 2, timestamp: number): Promise<void> | void;
  advance(ms: number): Promise<void> | void;
  restart(): Promise<void> | void;
  /** Main output so far, over all restarts. */
  readonly said: readonly string[];
  /** Side output so far. */
  readonly side: readonly string[];
}

/** Watermarks only grow; after a restart each input says its own again, as sources do that go on at their positions. */
export async function runOperatorPlan(steps: readonly OperatorStep[], subject: PlanSubject): Promise<void> {
  const watermarks: Record<1 | 2, number> = { 1: -1, 2: -1 };
  for (const each of steps) {
    if ('key' in each) await subject.element(each.do === 'first' ? 1 : 2, { key: each.key, value: each.value });
    else if (each.do === 'advance') await subject.advance(each.by);
    else if (each.do === 'restart') {
      await subject.restart();
      for (const input of [1, 2] as const) {
        if (watermarks[input] >= 0) await subject.watermark(input, watermarks[input]);
      }
    } else {
      const input = each.do === 'watermark1' ? 1 : 2;
      watermarks[input] = Math.max(0, watermarks[input]) + each.by;
      await subject.watermark(input, watermarks[input]);
    }
  }
}

/** A plan that is the same for the same seed. */
export function randomOperatorSteps(seed: number, count: number): OperatorStep[] {
  let state = seed;
  const below = (limit: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0; // the low bits repeat soon, the high ones do not
    return Math.floor((state / 2 ** 32) * limit);
  };
  return Array.from({ length: count }, () => {
    const kind = below(12);
    if (kind === 0) return { do: 'restart' };
    if (kind < 5) return { do: (['watermark1', 'watermark2', 'advance'] as const)[below(3)]!, by: below(10) };
    const key = OPERATOR_PLAN_KEYS[below(OPERATOR_PLAN_KEYS.length)]!;
    return { do: (['first', 'second'] as const)[below(2)]!, key, value: below(OPERATOR_PLAN_VALUES) };
  });
}
