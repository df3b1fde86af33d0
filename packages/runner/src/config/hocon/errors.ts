/** What is wrong with a HOCON file, before it is put in terms of the configuration. */
export class HoconSyntaxError extends Error {
  constructor(
    readonly file: string | undefined,
    /** From 1. */
    readonly line: number | undefined,
    readonly reason: string,
  ) {
    super(reason);
  }
}
