import { randomUUID } from 'node:crypto';
import type { StateBackend } from '../state/state-backend.js';
import type { StateTtlConfig } from '../state/state-ttl.js';
import type { ConformanceCase } from './conformance-case.js';
import { PLAN_CALLS, PLAN_EVENTS, PLAN_KEYS, PLAN_NAMESPACES, runStatePlan } from './state-plan.js';
import type { PlanStep } from './state-plan.js';

const PLANS = 24;
const STEPS = 80;
/** Steps of the plan that is crashed at each of its places. */
const SHORT_STEPS = 25;

const TTLS: readonly (StateTtlConfig | undefined)[] = [
  undefined,
  { ttlMs: 20 },
  { ttlMs: 20, updateType: 'OnReadAndWrite' },
  { ttlMs: 20, stateVisibility: 'ReturnExpiredIfNotCleanedUp', cleanupSize: 0 },
];

/** Random plans on keyed state over a backend, the same in each run: all kinds of state, with and without TTL. */
export function statePlanCases(create: () => Promise<StateBackend>): readonly ConformanceCase[] {
  const over = async (use: (backend: StateBackend) => Promise<void>): Promise<void> => {
    const backend = await create();
    try {
      await use(backend);
    } finally {
      await backend.close?.();
    }
  };
  return TTLS.flatMap((ttl) => {
    const what = ttl === undefined ? 'without a time to live' : `with ${JSON.stringify(ttl)}`;
    const options = ttl === undefined ? {} : { ttl };
    return [
      {
        name: `keyed state ${what} is what a naive model says, over random calls, checkpoints and crashes`,
        run: () =>
          over(async (backend) => {
            for (let seed = 1; seed <= PLANS; seed += 1) {
              await runStatePlan(backend, ownerOf(seed), randomSteps(seed, STEPS), {
                ...options,
                maxCachedEntries: 1 + (seed % 5),
              });
            }
          }),
      },
      {
        name: `keyed state ${what} survives a checkpoint and a crash at every place of a plan`,
        run: () =>
          over(async (backend) => {
            const steps = randomSteps(99, SHORT_STEPS).filter(({ do: what }) => what !== 'crash');
            for (let at = 0; at <= steps.length; at += 1) {
              const [before, after] = [steps.slice(0, at), steps.slice(at)];
              const restart = [{ ...NO_CALL, do: 'checkpoint' } as const, { ...NO_CALL, do: 'crash' } as const];
              await runStatePlan(backend, ownerOf(at), [...before, ...restart, ...after], options);
            }
          }),
      },
    ];
  });
}

const NO_CALL = { key: 'a', namespace: '', member: 1, value: 0 } as const;

function ownerOf(n: number): { jobName: string; source: string; split: string } {
  return { jobName: `plan-${randomUUID()}`, source: 'in', split: String(n) };
}

/** Every other plan stays with one kind of state and two keys: what a cache forgets shows when it is asked for again. */
function randomSteps(seed: number, count: number): PlanStep[] {
  const random = mulberry32(seed);
  const below = (n: number): number => Math.floor(random() * n);
  const oneOf = <T>(all: readonly T[]): T => all[below(all.length)] as T;
  const isFocused = seed % 2 === 0;
  const kind = oneOf(PLAN_CALLS).split('.')[0] ?? '';
  const calls = isFocused ? PLAN_CALLS.filter((call) => call.startsWith(kind)) : PLAN_CALLS;
  const keys = isFocused ? PLAN_KEYS.slice(0, 2) : PLAN_KEYS;
  const namespaces = isFocused ? PLAN_NAMESPACES.slice(0, 1) : PLAN_NAMESPACES;
  return Array.from({ length: count }, () => ({
    do: below(4) === 0 ? oneOf(PLAN_EVENTS) : oneOf(calls),
    key: oneOf(keys),
    namespace: oneOf(namespaces),
    member: oneOf(PLAN_KEYS),
    value: below(15),
  }));
}

/** A small random number generator whose whole state is its seed. */
function mulberry32(seed: number): () => number {
  let a = seed;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
