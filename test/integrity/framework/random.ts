/** Random moments that can be had again: the seed goes into the row's report. */
export interface Random {
  readonly seed: number;
  /** From `least` to `most`. */
  between(least: number, most: number): number;
}

/** A seed from the environment (`MILLRACE_INTEGRITY_SEED`) or a new one. */
export function randomMoments(): Random {
  const given = Number(process.env['MILLRACE_INTEGRITY_SEED']);
  const seed = Number.isSafeInteger(given) && given > 0 ? given : 1 + Math.floor(Math.random() * 1_000_000);
  let state = seed;
  return {
    seed,
    between(least, most) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return least + (state / 2 ** 32) * (most - least);
    },
  };
}
