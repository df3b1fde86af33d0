/**
 * What a trigger wants: nothing, an evaluation of the window, its elements dropped, or both. Dropping takes the elements
 * alone; the window and the trigger's own state stay.
 */
export const TriggerResult = {
  CONTINUE: 'CONTINUE',
  FIRE: 'FIRE',
  PURGE: 'PURGE',
  FIRE_AND_PURGE: 'FIRE_AND_PURGE',
} as const;

/** One of the four answers of a trigger. */
export type TriggerResult = (typeof TriggerResult)[keyof typeof TriggerResult];

/** Whether the window is to be evaluated. */
export function isFire(result: TriggerResult): boolean {
  return result === TriggerResult.FIRE || result === TriggerResult.FIRE_AND_PURGE;
}

/** Whether the window's elements are to be dropped. */
export function isPurge(result: TriggerResult): boolean {
  return result === TriggerResult.PURGE || result === TriggerResult.FIRE_AND_PURGE;
}
