/**
 * Surgery on the text of a JSON object: members come and go, every other byte stays as it was. (Parsing and printing
 * again would change numbers beyond 2^53, the order of numeric names, duplicates, blanks.)
 */

interface Member {
  /** As JSON.parse would read it: escapes resolved. */
  readonly name: string;
  /** From behind the brace or comma before it to the comma or brace behind it, blanks included. */
  readonly text: string;
}

interface ObjectText {
  /** The opening brace and blanks before it. */
  readonly head: string;
  readonly members: readonly Member[];
  /** The closing brace and blanks behind it. */
  readonly tail: string;
}

/**
 * Takes out the top-level members called as one of `added` (all of them, where a name is repeated) and puts `added` in
 * before the closing brace.
 *
 * @param text a JSON object, known to be valid
 * @param added name -> JSON text of the value
 */
export function withMembers(text: string, added: ReadonlyMap<string, string>): string {
  const { head, members, tail } = split(text);
  const kept = members.filter((member) => !added.has(member.name)).map((member) => member.text);
  const fresh = [...added].map(([name, value]) => `${JSON.stringify(name)}:${value}`);
  return `${head}${[...kept, ...fresh].join(',')}${tail}`;
}

function split(text: string): ObjectText {
  const open = text.indexOf('{');
  const members: Member[] = [];
  let start = open + 1;
  let name: string | undefined;
  let depth = 1;
  let at = start;
  for (; depth > 0; at += 1) {
    const char = text[at];
    if (char === '"') {
      const end = endOfString(text, at);
      // The first string of a member is its name: whatever follows stands behind a colon.
      name ??= JSON.parse(text.slice(at, end)) as string;
      at = end - 1;
    } else if (char === '{' || char === '[') {
      depth += 1;
    } else if (char === '}' || char === ']') {
      depth -= 1;
    }
    if (depth === 0 || (depth === 1 && char === ',')) {
      if (name !== undefined) members.push({ name, text: text.slice(start, at) });
      start = at + 1;
      name = undefined;
    }
    if (char === undefined) throw new SyntaxError('the text of a JSON object ends before its closing brace');
  }
  return { head: text.slice(0, open + 1), members, tail: text.slice(at - 1) };
}

/** Index behind the closing quote of the string that begins at `at`. */
function endOfString(text: string, at: number): number {
  let end = at + 1;
  while (end < text.length && text[end] !== '"') end += text[end] === '\\' ? 2 : 1;
  return end + 1;
}
