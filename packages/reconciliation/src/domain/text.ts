/** Length of the text in UTF-8, in bytes. */
export function utf8Length(text: string): number {
  return Buffer.byteLength(text, 'utf8');
}

/** Whether the text has no half of a surrogate pair on its own: such a text has no UTF-8 form of its own. */
export function isWellFormed(text: string): boolean {
  // With the u flag a pair is one character above U+FFFF; only a half without its other half is a Surrogate.
  return !/\p{Surrogate}/u.test(text);
}

/**
 * The text's beginning of at most `length` UTF-16 units, well-formed: a pair is never cut in two, and halves that were
 * alone before become U+FFFD, so that JSON and UTF-8 say the same.
 */
export function shorten(text: string, length: number): string {
  let head = text.slice(0, length);
  if (head.length < text.length && /[\uD800-\uDBFF]$/.test(head)) head = head.slice(0, -1);
  return head.replace(/\p{Surrogate}/gu, '\uFFFD');
}
