/** A command with its arguments as text. */
export type Command = readonly [name: string, ...args: string[]];

/** Commands that are sent together. */
export interface CommandGroup {
  /** True: nothing of another client comes between them (MULTI/EXEC). False: only sent in this order. */
  readonly atomic: boolean;
  readonly commands: readonly Command[];
}

/** Answer to one command: what Redis said, or the error that it said. */
export type Reply = unknown;

/** Sends groups in one pipeline: one round trip for all. */
export interface CommandExecutor {
  /**
   * @returns for each group, in order, one reply for each command; an error reply is an `Error` in its place
   * @throws RedisUnavailableError when not every answer came
   */
  exec(groups: readonly CommandGroup[]): Promise<readonly (readonly Reply[])[]>;
}
