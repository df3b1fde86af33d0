import { openScene } from './scene.js';
import type { Scene, SceneOptions } from './scene.js';
import type { IntegrityServices } from './services.js';
import type { RowResult } from './table.js';

/** What a row reports of itself, beside what the checks found. */
export type Report = Partial<
  Pick<RowResult, 'runs' | 'records' | 'lost' | 'wrong' | 'duplicates' | 'recoverySeconds' | 'memoryMiB' | 'note'>
>;

/** What a row works with. */
export class Row {
  readonly name: string;
  /** Seconds that the faults of this row may go on. */
  readonly length: number;
  readonly services: IntegrityServices;
  readonly #fullLength: number;
  readonly #disposals: (() => Promise<void> | void)[] = [];
  #reported: Report | undefined;
  #isUnderWay = false;

  constructor(name: string, length: number, fullLength: number, services: IntegrityServices) {
    this.name = name;
    this.length = length;
    this.#fullLength = fullLength;
    this.services = services;
  }

  /** A part of the row's full length, scaled as the row itself is; at least `least`. In seconds. */
  seconds(full: number, least = 1): number {
    return Math.max(least, (full * this.length) / this.#fullLength);
  }

  /** Topics, rows and relations of its own, loaded; the job can be started on it. Ended with the row. */
  async scene(options: SceneOptions = {}): Promise<Scene> {
    const scene = await openScene(this.services, options);
    this.onEnd(() => scene.dispose());
    return scene;
  }

  /**
   * To be called where the job works as it should, right before what the row is about: with `--unprotected`, what fails
   * before it says nothing of the defect.
   */
  underWay(): void {
    this.#isUnderWay = true;
  }

  get isUnderWay(): boolean {
    return this.#isUnderWay;
  }

  /** Called when the row ends, the last one first, whether it passed or not. */
  onEnd(dispose: () => Promise<void> | void): void {
    this.#disposals.push(dispose);
  }

  /** Goes into the table; numbers of several calls are added up, `recoverySeconds` and `memoryMiB` show the largest. */
  report(report: Report): void {
    const before = this.#reported ?? {};
    const sum = (a?: number, b?: number): number | undefined => (a === undefined ? b : a + (b ?? 0));
    const largest = (a?: number, b?: number): number | undefined => (a === undefined ? b : Math.max(a, b ?? a));
    const joined = {
      runs: sum(before.runs, report.runs),
      records: sum(before.records, report.records),
      lost: sum(before.lost, report.lost),
      wrong: sum(before.wrong, report.wrong),
      duplicates: sum(before.duplicates, report.duplicates),
      recoverySeconds: largest(before.recoverySeconds, report.recoverySeconds),
      memoryMiB: largest(before.memoryMiB, report.memoryMiB),
      note: [before.note, report.note].filter((note) => note !== undefined).join('; ') || undefined,
    };
    this.#reported = Object.fromEntries(Object.entries(joined).filter(([, value]) => value !== undefined));
  }

  get hasReport(): boolean {
    return this.#reported !== undefined;
  }

  get reported(): Report {
    return this.#reported ?? {};
  }

  async dispose(): Promise<void> {
    for (const dispose of this.#disposals.splice(0).reverse()) await dispose();
  }
}
