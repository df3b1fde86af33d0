import { environmentName } from './names.js';
import { describeAllowed } from './parse-value.js';
import type { Variable, VariableTable } from './variable.js';

const BEGIN = '<!-- configuration table: begin -->';
const END = '<!-- configuration table: end -->';

/** The variables as a Markdown table, sorted as the job lists them; for READMEs. */
export function configTable(variables: VariableTable): string {
  const rows = Object.entries(variables).map(([name, variable]) =>
    [code(name), defaultOf(variable), describe(variable)].join(' | '),
  );
  return ['| variable | default | meaning |', '|---|---|---|', ...rows.map((row) => `| ${row} |`)].join('\n');
}

/**
 * Puts the table between the markers of a document. A document that comes back as it was is up to date, which is what
 * a check compares.
 *
 * @throws Error for a document without the two markers
 */
export function withConfigTable(document: string, variables: VariableTable): string {
  const begin = document.indexOf(BEGIN);
  const end = document.indexOf(END);
  if (begin < 0 || end < begin) throw new Error(`the document has no block from ${BEGIN} to ${END}`);
  return `${document.slice(0, begin + BEGIN.length)}\n${configTable(variables)}\n${document.slice(end)}`;
}

/** For the text above the table: how an environment variable is called. */
export const environmentNameExample = environmentName('kafka.input.topic');

function defaultOf(variable: Variable): string {
  const value = variable.default;
  if (value === undefined || value === '' || (Array.isArray(value) && value.length === 0)) return '';
  return code(Array.isArray(value) ? value.join(',') : String(value));
}

function describe(variable: Variable): string {
  const parts = [variable.doc];
  if (variable.format !== 'text' || variable.allowed !== undefined)
    parts.push(`${capital(describeAllowed(variable))}.`);
  if (variable.aliases !== undefined) parts.push(`Also ${variable.aliases.map(code).join(', ')}.`);
  if (variable.secret === true) parts.push('Secret.');
  if (variable.noEffect === true) parts.push('Accepted, without effect.');
  return parts.join(' ').replaceAll('|', '\\|');
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function code(text: string): string {
  return `\`${text}\``;
}
