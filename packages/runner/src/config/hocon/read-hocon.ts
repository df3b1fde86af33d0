import { pathToFileURL } from 'node:url';
import { HoconSyntaxError } from './errors.js';
import { hoconLibrary } from './parser.js';

/**
 * Reads a HOCON file and what it includes. Scalars come as texts, whatever they look like. Substitutions are taken
 * from the file, then from the environment, as in Lightbend's library.
 *
 * @throws HoconSyntaxError with file and line as far as they are known; its reason holds no value of the file
 */
export async function readHocon(path: string): Promise<unknown> {
  try {
    return await hoconLibrary()({ url: pathToFileURL(path).href, strict: true, builder: 'config' });
  } catch (error) {
    throw error instanceof HoconSyntaxError ? located(error, path) : translate(error, path);
  }
}

function located(error: HoconSyntaxError, path: string): HoconSyntaxError {
  return error.file === undefined ? new HoconSyntaxError(path, error.line, error.reason) : error;
}

/** The library's messages name the token they stumbled on, which can be a password: only the kind of problem stays. */
function translate(error: unknown, path: string): HoconSyntaxError {
  const message = error instanceof Error ? error.message : String(error);
  const line = /\bline: (\d+)/.exec(message)?.[1];
  const file = /\bfile: (file:\/\/[^\s})]+)/.exec(message)?.[1];
  return new HoconSyntaxError(
    file === undefined ? path : decodeURIComponent(new URL(file).pathname),
    line === undefined ? undefined : Number(line),
    reasonOf(message),
  );
}

function reasonOf(message: string): string {
  const unresolved = /^Unable to resolve '([^']+)'/.exec(message)?.[1];
  if (unresolved !== undefined) return `\${${unresolved}} is set neither in the file nor in the environment`;
  if (/will create a cycle/.test(message)) return 'it includes itself';
  if (/not valid for encoding|encoded data was not valid/.test(message)) return 'it is not UTF-8';
  const character = /^Unexpected character '(.)' in an unquoted string/.exec(message)?.[1];
  if (character !== undefined) return `the character ${character} must be quoted`;
  if (/^Unexpected token\b.*value: ":"/.test(message)) return 'a value with a colon must be quoted';
  const plain = message
    .replace(/\s*\(?(?:Source|Token|text|line):?[\s\S]*$/, '')
    .replace(/'[^']*'|"[^"]*"/g, '')
    .replace(/\s+/g, ' ')
    .replace(/[.!\s]+$/, '')
    .trim();
  return plain === '' ? 'it cannot be read as HOCON' : `not HOCON: ${plain.charAt(0).toLowerCase()}${plain.slice(1)}`;
}
