/** Below it a loop is faster than a call into Node, which costs as much as 60 characters. */
const SHORT = 24;

/**
 * Writes text as UTF-8 and gives the position behind it.
 *
 * @param length bytes of the text: as many as it has characters where all of them are ASCII, and these are copied
 */
export function writeText(target: Buffer, at: number, text: string, length: number): number {
  if (length !== text.length) return at + target.write(text, at, length);
  if (length >= SHORT) return at + target.write(text, at, length, 'latin1');
  for (let i = 0; i < length; i++) target[at + i] = text.charCodeAt(i);
  return at + length;
}
