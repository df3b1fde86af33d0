const SHOWN = 12;

/** What the checker found, counted as the table shows it. */
export class Verdict {
  records = 0;
  /** Input records without their effect: an output that is missing, an offset that was not committed. */
  lost = 0;
  /** Rows and records that say something else than they should, or should not be there, or come in the wrong order. */
  wrong = 0;
  /** Outputs that came again, equal to the first: allowed. */
  duplicates = 0;
  readonly #problems: string[] = [];

  isLost(what: string): void {
    this.lost += 1;
    this.#problems.push(`lost: ${what}`);
  }

  isWrong(what: string): void {
    this.wrong += 1;
    this.#problems.push(`wrong: ${what}`);
  }

  get isClean(): boolean {
    return this.#problems.length === 0;
  }

  get first(): string | undefined {
    return this.#problems[0];
  }

  /** The first problems, as text. */
  get summary(): string {
    const more = this.#problems.length - SHOWN;
    return [...this.#problems.slice(0, SHOWN), ...(more > 0 ? [`and ${String(more)} more`] : [])].join('\n');
  }
}
