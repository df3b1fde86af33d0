import type { NaiveAssigner, NaiveTrigger, Now, Pane } from './naive-windows.js';

const lastOf = (pane: Pane): number => pane.end - 1;
/** Whether the watermark has come to the end of the pane just now. NaN where no watermark came. */
const hasEnded = (pane: Pane, now: Now, before: Now): boolean =>
  lastOf(pane) > before.watermark && lastOf(pane) <= now.watermark;

export const eventTime: NaiveTrigger = {
  onElement: (pane, _item, now) => lastOf(pane) <= now.watermark,
  onTime: (pane, now, before) => (hasEnded(pane, now, before) ? 1 : 0),
};

export const processingTime: NaiveTrigger = {
  onElement: () => false,
  // Once, because the pane goes with it.
  onTime: (pane, now) => (lastOf(pane) <= now.clock ? 1 : 0),
};

export const never: NaiveTrigger = { onElement: () => false };

export const counting = (n: number): NaiveTrigger => ({
  onElement(pane) {
    pane.count += 1;
    if (pane.count < n) return false;
    pane.count = 0;
    return true;
  },
});

export const continuousEventTime = (interval: number): NaiveTrigger => ({
  onElement(pane, { ts }, now) {
    if (lastOf(pane) <= now.watermark) return true;
    pane.next ??= Math.min(Math.floor(ts / interval) * interval + interval, lastOf(pane));
    return false;
  },
  onTime(pane, now, before) {
    let times = 0;
    // A window that grew when its end had passed has an early firing left over: that may be the end itself, or sets it.
    let isEndSetAnew = pane.isRearmed && pane.next === lastOf(pane) && lastOf(pane) <= now.watermark;
    while (pane.next !== undefined && pane.next <= now.watermark && pane.next < lastOf(pane)) {
      times += 1;
      pane.next = Math.min(pane.next + interval, lastOf(pane));
      isEndSetAnew = pane.next === lastOf(pane) && lastOf(pane) <= now.watermark;
    }
    return times + (isEndSetAnew || hasEnded(pane, now, before) ? 1 : 0);
  },
});

export const continuousProcessingTime = (interval: number): NaiveTrigger => ({
  onElement(pane, _item, now) {
    pane.next ??= Math.min(Math.floor(now.clock / interval) * interval + interval, lastOf(pane));
    return false;
  },
  onTime(pane, now) {
    let times = 0;
    while (pane.next !== undefined && pane.next <= now.clock) {
      times += 1;
      pane.next = pane.next === lastOf(pane) ? undefined : Math.min(pane.next + interval, lastOf(pane));
    }
    return times;
  },
});

export const delta = (threshold: number): NaiveTrigger => ({
  onElement(pane, item) {
    if (pane.last !== undefined && Math.abs(item.n - pane.last.n) <= threshold) return false;
    const isFirst = pane.last === undefined;
    pane.last = item;
    return !isFirst;
  },
});

export const purging = (nested: NaiveTrigger): NaiveTrigger => ({ ...nested, purges: true });

/** A deadline after the first element that did not fire; whatever fires takes it away and lets a count begin anew. */
export const withTimeout = (nested: NaiveTrigger, timeout: number): NaiveTrigger => {
  const clear = (pane: Pane): void => {
    pane.deadline = undefined;
    pane.count = 0;
  };
  return {
    onElement(pane, item, now) {
      if (nested.onElement(pane, item, now)) {
        clear(pane);
        return true;
      }
      pane.deadline ??= now.clock + timeout;
      return false;
    },
    onTime(pane, now, before) {
      let times = nested.onTime?.(pane, now, before) ?? 0;
      if (times > 0) clear(pane);
      if (pane.deadline !== undefined && pane.deadline <= now.clock) {
        clear(pane);
        times += 1;
      }
      return times;
    },
  };
};

const at = (isEventTime: boolean, ts: number, clock: number): number => (isEventTime ? ts : clock);

/** Every window of a grid that holds the time, found by trying. */
export const aligned = (isEventTime: boolean, size: number, slide: number, offset = 0): NaiveAssigner => ({
  isEventTime,
  windowsOf({ ts }, clock) {
    const time = at(isEventTime, ts, clock);
    const windows: [number, number][] = [];
    for (let start = time - size - slide; start <= time; start += 1) {
      const isStart = (((start - offset) % slide) + slide) % slide === 0;
      if (isStart && start <= time && time < start + size) windows.push([start, start + size]);
    }
    return windows;
  },
});

export const sessions = (isEventTime: boolean, gapOf: (n: number) => number): NaiveAssigner => ({
  isEventTime,
  merges: true,
  windowsOf({ n, ts }, clock) {
    const time = at(isEventTime, ts, clock);
    return [[time, time + gapOf(n)]];
  },
});

export const everything: NaiveAssigner = {
  isEventTime: false,
  windowsOf: () => [[0, Number.MAX_SAFE_INTEGER]],
};
