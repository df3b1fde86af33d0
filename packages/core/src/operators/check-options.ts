/** @throws RangeError where nothing could ever be worked on */
export function checkCapacity(capacity: number): void {
  if (!Number.isInteger(capacity) || capacity < 1) {
    throw new RangeError(`a capacity is a whole number of at least 1, not ${String(capacity)}`);
  }
}

/** @throws RangeError where every element would time out at once */
export function checkTimeout(timeoutMs: number | undefined): void {
  if (timeoutMs === undefined || timeoutMs > 0) return;
  throw new RangeError(`timeoutMs is over 0, or not given for none; it is ${String(timeoutMs)}`);
}
