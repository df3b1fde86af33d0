import { GlobalWindow } from '../global-window.js';
import type { Trigger } from '../trigger.js';
import { NeverTrigger } from '../triggers/never-trigger.js';
import { WindowAssigner } from '../window-assigner.js';

/**
 * One window for all elements of a key, which nothing ends: useful with a trigger of one's own. What the trigger does
 * not purge stays for as long as the job has state.
 *
 * @see Flink, "Windows", "Global Windows"
 */
export class GlobalWindows extends WindowAssigner<unknown, GlobalWindow> {
  override readonly isEventTime = false;
  readonly #windows = [GlobalWindow.get()] as const;

  static create(): GlobalWindows {
    return new GlobalWindows();
  }

  override assignWindows(): readonly GlobalWindow[] {
    return this.#windows;
  }

  override getDefaultTrigger(): Trigger<unknown, GlobalWindow> {
    return NeverTrigger.create();
  }

  override windowOf(): GlobalWindow {
    return GlobalWindow.get();
  }

  override toString(): string {
    return 'GlobalWindows';
  }
}
