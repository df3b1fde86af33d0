/** An element in the hands of the model. */
export interface Item {
  readonly key: string;
  readonly n: number;
  readonly ts: number;
}

/** What a key has in one window. */
export interface Pane {
  readonly key: string;
  start: number;
  end: number;
  items: Item[];
  /** Of the trigger: elements since the last firing, next early firing, deadline, element that fired last. */
  count: number;
  next: number | undefined;
  /** Whether the window grew since the watermark came last: the timer of its next early firing was set anew. */
  isRearmed: boolean;
  deadline: number | undefined;
  last: Item | undefined;
}

/** What time it is. */
export interface Now {
  watermark: number;
  clock: number;
}

/** A trigger as its rule says, without timers: asked again whenever something has changed. */
export interface NaiveTrigger {
  /** Whether an element that was just added fires the pane. */
  onElement(pane: Pane, item: Item, now: Now): boolean;
  /** How often the pane fires because time went on to `now`. */
  onTime?(pane: Pane, now: Now, before: Now): number;
  readonly purges?: boolean;
}

/** Where elements go. */
export interface NaiveAssigner {
  readonly isEventTime: boolean;
  readonly merges?: boolean;
  windowsOf(item: Item, clock: number): readonly (readonly [start: number, end: number])[];
}

/** The slowest window operator there is: every pane is looked at whenever something happens. */
export class NaiveWindows {
  readonly out: string[] = [];
  /** Elements that no window took any more. */
  readonly late: Item[] = [];
  readonly #assigner: NaiveAssigner;
  readonly #trigger: NaiveTrigger;
  readonly #lateness: number;
  readonly #format: (pane: Pane) => string;
  readonly #now: Now = { watermark: Number.MIN_SAFE_INTEGER, clock: 0 };
  #panes: Pane[] = [];

  constructor(assigner: NaiveAssigner, trigger: NaiveTrigger, lateness: number, format: (pane: Pane) => string) {
    this.#assigner = assigner;
    this.#trigger = trigger;
    this.#lateness = lateness;
    this.#format = format;
  }

  element(item: Item): void {
    let isTaken = false;
    for (const [start, end] of this.#assigner.windowsOf(item, this.#now.clock)) {
      const pane =
        this.#assigner.merges === true ? this.#merged(item.key, start, end) : this.#pane(item.key, start, end);
      if (this.#assigner.isEventTime && this.#isGone(pane)) {
        this.#panes = this.#panes.filter((each) => each !== pane);
        continue;
      }
      isTaken = true;
      pane.items.push(item);
      if (this.#trigger.onElement(pane, item, this.#now)) this.#fire(pane);
    }
    if (!isTaken && this.#assigner.isEventTime && item.ts + this.#lateness <= this.#now.watermark) this.late.push(item);
    this.#timePasses({ ...this.#now });
  }

  /** Also what a restart looks like: the watermark comes again. */
  watermark(watermark: number): void {
    const before = { ...this.#now };
    this.#now.watermark = watermark;
    this.#timePasses(before, true);
  }

  clock(clock: number): void {
    // A millisecond at a time: what fires at one of them is seen before the next.
    while (this.#now.clock < clock) {
      const before = { ...this.#now };
      this.#now.clock += 1;
      this.#timePasses(before);
    }
  }

  get numPanes(): number {
    return this.#panes.length;
  }

  #timePasses(before: Now, isWatermark = false): void {
    for (const pane of [...this.#panes]) {
      const times =
        this.#trigger.onTime?.(pane, isWatermark ? this.#now : { ...this.#now, watermark: NaN }, before) ?? 0;
      for (let n = 0; n < times; n += 1) this.#fire(pane);
      if (isWatermark) pane.isRearmed = false;
    }
    this.#panes = this.#panes.filter((pane) => !this.#isGone(pane));
  }

  #isGone(pane: Pane): boolean {
    const { watermark, clock } = this.#now;
    return this.#assigner.isEventTime ? pane.end - 1 + this.#lateness <= watermark : pane.end - 1 <= clock;
  }

  #fire(pane: Pane): void {
    if (pane.items.length > 0) this.out.push(this.#format(pane));
    if (this.#trigger.purges === true) pane.items = [];
  }

  #pane(key: string, start: number, end: number): Pane {
    const known = this.#panes.find((pane) => pane.key === key && pane.start === start && pane.end === end);
    if (known !== undefined) return known;
    const pane = {
      key,
      start,
      end,
      items: [],
      count: 0,
      next: undefined,
      isRearmed: false,
      deadline: undefined,
      last: undefined,
    };
    this.#panes.push(pane);
    return pane;
  }

  #merged(key: string, start: number, end: number): Pane {
    const touching = this.#panes.filter((pane) => pane.key === key && pane.start <= end && pane.end >= start);
    this.#panes = this.#panes.filter((pane) => !touching.includes(pane));
    const pane = this.#pane(
      key,
      Math.min(start, ...touching.map((each) => each.start)),
      Math.max(end, ...touching.map((each) => each.end)),
    );
    const nexts = touching.flatMap(({ next }) => (next === undefined ? [] : [next]));
    pane.items = touching.flatMap(({ items }) => items);
    pane.count = touching.reduce((sum, { count }) => sum + count, 0);
    pane.next = nexts.length === 0 ? undefined : Math.min(...nexts);
    const same = touching.find((each) => each.start === pane.start && each.end === pane.end);
    pane.isRearmed = same === undefined ? touching.length > 0 : same.isRearmed;
    return pane;
  }
}
