/** A text of the built program, by its path under `packages/`, and what stands there instead. */
export interface Patch {
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

/** All that there are. */
export const defectNames: readonly string[];

/** @throws when there is no such defect */
export function patchesOf(name: string): readonly Patch[];
