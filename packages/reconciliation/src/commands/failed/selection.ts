import type { FailedEvent } from './failed-event.js';

/** Which failed events are meant; what is absent or empty restricts nothing. */
export interface Selection {
  readonly codes: readonly string[];
  readonly course: string | undefined;
  /** Failed at this time or later. Milliseconds since 1970 UTC. */
  readonly since: number | undefined;
  /** Failed before this time. */
  readonly until: number | undefined;
}

export function isSelected(event: FailedEvent, { codes, course, since, until }: Selection): boolean {
  const time = event.record.timestamp ?? 0;
  return (
    (codes.length === 0 || codes.includes(event.code)) &&
    (course === undefined || event.courseId === course) &&
    (since === undefined || time >= since) &&
    (until === undefined || time < until)
  );
}
