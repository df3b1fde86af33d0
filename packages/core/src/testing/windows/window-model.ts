import { MIN_WATERMARK } from '../../time/watermark.js';
import type { Kept, PlanModel } from '../operator-model.js';
import type { PlanItem } from '../operator-plan.js';
import { NaiveWindows } from './naive-windows.js';
import type { Item, NaiveAssigner, NaiveTrigger, Pane } from './naive-windows.js';

/** An element and the input it came from. */
export interface InputItem extends Item {
  readonly input: 1 | 2;
}

/** What a window model is made of. */
export interface WindowModelOptions {
  readonly assigner: NaiveAssigner;
  readonly trigger: NaiveTrigger;
  /** @default 0 */
  readonly lateness?: number;
  /** What a window says when it fires, one for each element of output. */
  readonly result: (pane: Pane, items: readonly InputItem[]) => readonly string[];
  /** Whether late elements are in the output. @default true */
  readonly showsLate?: boolean;
  /** Whether nothing is kept when the inputs have ended. @default true */
  readonly ends?: boolean;
}

/** Windows over the elements of both inputs, as `NaiveWindows` has them. What fires at one time comes in any order. */
export class WindowModel implements PlanModel {
  readonly isOrdered = false;
  readonly side = [];
  readonly leftAtEnd?: Kept;
  readonly #windows: NaiveWindows;
  readonly #showsLate: boolean;
  #watermarks = { 1: MIN_WATERMARK, 2: MIN_WATERMARK };
  #lower = MIN_WATERMARK;
  #clock = 0;

  constructor({ assigner, trigger, lateness = 0, result, showsLate = true, ends = true }: WindowModelOptions) {
    const format = (pane: Pane): string => JSON.stringify(result(pane, pane.items as InputItem[]));
    this.#windows = new NaiveWindows(assigner, trigger, lateness, format);
    this.#showsLate = showsLate;
    if (ends) this.leftAtEnd = { entries: 0, eventTimeTimers: 0, processingTimeTimers: 0 };
  }

  get said(): readonly string[] {
    const fired = this.#windows.out.flatMap((results) => JSON.parse(results) as string[]);
    return this.#showsLate ? [...fired, ...this.#windows.late.map(({ key, n }) => lateText(key, n))] : fired;
  }

  element(input: 1 | 2, { key, value }: PlanItem): void {
    const item: InputItem = { key, n: value, ts: value, input };
    this.#windows.element(item);
  }

  watermark(input: 1 | 2, timestamp: number): void {
    this.#watermarks[input] = timestamp;
    const lower = Math.min(this.#watermarks[1], this.#watermarks[2]);
    if (lower <= this.#lower) return;
    this.#lower = lower;
    this.#windows.watermark(lower);
  }

  advance(ms: number): void {
    this.#clock += ms;
    this.#windows.clock(this.#clock);
  }

  /** How far event time is, is no state. */
  restart(): void {
    this.#watermarks = { 1: MIN_WATERMARK, 2: MIN_WATERMARK };
    this.#lower = MIN_WATERMARK;
  }
}

/** Bounds of a window as the library names them. */
export function boundsOf({ start, end }: Pane): string {
  return end === Number.MAX_SAFE_INTEGER ? 'global' : `${String(start)}..${String(end)}`;
}

/** A late element in the output. */
export function lateText(key: string, value: number): string {
  return `late ${key} ${String(value)}`;
}
