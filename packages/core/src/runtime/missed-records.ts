/** What sources could not read any more, over all attempts of a job in this process. Positions are counted once. */
export class MissedRecords {
  /** Source and split -> behind the last position that was counted. */
  readonly #counted = new Map<string, number>();
  #total = 0;

  get total(): number {
    return this.#total;
  }

  /** Says how many of the positions from `from` to before `to` are new: an attempt that fails finds them again. */
  add(split: string, from: number, to: number): number {
    const begin = Math.max(from, this.#counted.get(split) ?? 0);
    if (to <= begin) return 0;
    this.#counted.set(split, to);
    this.#total += to - begin;
    return to - begin;
  }
}
