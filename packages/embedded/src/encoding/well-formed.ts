/** With the `u` flag a pair is one code point, so that only lone surrogates match. */
const LONE_SURROGATE = /[\uD800-\uDFFF]/u;

/** Whether the text survives UTF-8. A lone surrogate would come back as U+FFFD and hit another row. */
export function isWellFormed(text: string): boolean {
  return !LONE_SURROGATE.test(text);
}
