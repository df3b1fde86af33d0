/** @throws RangeError where no window could ever begin or end */
export function checkDuration(what: string, ms: number): void {
  if (!Number.isSafeInteger(ms) || ms < 1) {
    throw new RangeError(`${what} is a whole number of milliseconds of at least 1, not ${String(ms)}`);
  }
}

/** @throws RangeError where the offset is not smaller than what it shifts, as Flink demands */
export function checkOffset(offsetMs: number, periodMs: number): void {
  if (!Number.isSafeInteger(offsetMs) || Math.abs(offsetMs) >= periodMs) {
    throw new RangeError(
      `an offset is a whole number of milliseconds between -${String(periodMs)} and ${String(periodMs)} (both ` +
        `excluded), not ${String(offsetMs)}`,
    );
  }
}
