/**
 * A watermark is a number of milliseconds: no element with a timestamp at or below it is expected any more. These are
 * the ends of the scale, which Flink calls Watermark.MIN_WATERMARK (Long.MIN_VALUE) and MAX_WATERMARK (Long.MAX_VALUE).
 */
export const MIN_WATERMARK = Number.MIN_SAFE_INTEGER;

/** The end of time: the input has ended, everything that waits for event time is due. */
export const MAX_WATERMARK = Number.MAX_SAFE_INTEGER;
