import { HoconSyntaxError } from './errors.js';

/** A piece of HOCON that is more than a character: what the scan steps over. */
const PIECE =
  /"""[\s\S]*?"""+|"(?:[^"\\\n]|\\.)*"|\$\{[^}\n]*\}|#[^\n]*|\/\/[^\n]*|[{}[\]]|[=:|@]|\n|[^\S\n]+|[^"#/$\s{}[\]=:|@]+|[\s\S]/g;

const CLOSES: Readonly<Record<string, string>> = { '}': '{', ']': '[' };

/**
 * Finds what @pushcorn/hocon-parser takes in silence: a closing brace or bracket without its opening one, and a key
 * followed by `=` or `:` and no value.
 *
 * @throws HoconSyntaxError with the line
 */
export function checkStructure(file: string, text: string): void {
  const open: { readonly piece: string; readonly line: number }[] = [];
  let line = 1;
  let assigned = false;
  const fail = (reason: string, at = line): never => {
    throw new HoconSyntaxError(file, at, reason);
  };
  for (const [piece] of text.matchAll(PIECE)) {
    if (piece === '{' || piece === '[') open.push({ piece, line });
    else if (piece === '}' || piece === ']') {
      if (assigned) fail(`no value before ${piece}`);
      if (open.pop()?.piece !== CLOSES[piece]) fail(`${piece} closes nothing`);
    } else if (piece === '|' || piece === '@') fail(`${piece} must be quoted`);
    line += piece.split('\n').length - 1;
    if (piece === '=' || piece === ':') assigned = true;
    else if (!/^(?:\s+|#.*|\/\/.*)$/.test(piece)) assigned = false;
  }
  const last = open.pop();
  if (last !== undefined) fail(`${last.piece} is not closed`, last.line);
}
