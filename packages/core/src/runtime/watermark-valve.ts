import { MIN_WATERMARK } from '../time/watermark.js';

interface Channel {
  watermark: number;
  isIdle: boolean;
  /** False for one that came back from idleness behind what was passed on: it holds nothing back until it caught up. */
  isAligned: boolean;
}

/** What a change of an input means for the output; undefined fields: nothing. */
export interface ValveOutput {
  readonly watermark: number | undefined;
  readonly isIdle: boolean | undefined;
}

const NOTHING: ValveOutput = { watermark: undefined, isIdle: undefined };

/**
 * The watermark of several inputs: the minimum over those that are not idle; it never goes back. When all are idle, so is
 * the output, with the highest watermark that any of them had.
 *
 * @see Flink, StatusWatermarkValve
 */
export class WatermarkValve<C> {
  readonly #channels = new Map<C, Channel>();
  #watermark = MIN_WATERMARK;
  #isIdle = false;

  /** What was passed on last. */
  get watermark(): number {
    return this.#watermark;
  }

  get isIdle(): boolean {
    return this.#isIdle;
  }

  /** An input joins, active and without a watermark: from now on it holds the output back. */
  add(channel: C): void {
    this.#channels.set(channel, { watermark: MIN_WATERMARK, isIdle: false, isAligned: true });
    this.#isIdle = false;
  }

  advance(channel: C, watermark: number): ValveOutput {
    const entry = this.#channels.get(channel);
    if (entry === undefined || entry.isIdle || watermark <= entry.watermark) return NOTHING;
    entry.watermark = watermark;
    if (this.#channels.size > 1) return this.#passOn();
    this.#watermark = watermark;
    return { watermark, isIdle: undefined };
  }

  setIdle(channel: C, isIdle: boolean): ValveOutput {
    const entry = this.#channels.get(channel);
    if (entry === undefined || entry.isIdle === isIdle) return NOTHING;
    entry.isIdle = isIdle;
    if (!isIdle) {
      entry.isAligned = entry.watermark >= this.#watermark;
      return this.#changeIdle(false, undefined);
    }
    const channels = [...this.#channels.values()];
    if (channels.some((each) => !each.isIdle)) return this.#passOn();
    return this.#changeIdle(true, this.#raise(Math.max(...channels.map((each) => each.watermark))));
  }

  #changeIdle(isIdle: boolean, watermark: number | undefined): ValveOutput {
    if (this.#isIdle === isIdle) return { watermark, isIdle: undefined };
    this.#isIdle = isIdle;
    return { watermark, isIdle };
  }

  #passOn(): ValveOutput {
    let minimum: number | undefined;
    for (const entry of this.#channels.values()) {
      if (entry.isIdle) continue;
      if (!entry.isAligned && entry.watermark >= this.#watermark) entry.isAligned = true;
      if (entry.isAligned && (minimum === undefined || entry.watermark < minimum)) minimum = entry.watermark;
    }
    return minimum === undefined ? NOTHING : { watermark: this.#raise(minimum), isIdle: undefined };
  }

  #raise(watermark: number): number | undefined {
    if (watermark <= this.#watermark) return undefined;
    this.#watermark = watermark;
    return watermark;
  }
}
