import Table from 'cli-table3';

/** How a table is drawn. */
export interface TableOptions {
  /** Titles of the columns. @default none */
  readonly head?: readonly string[];
  /** Columns that are aligned to the right, from 0. @default none */
  readonly right?: readonly number[];
}

/** Rows as a table for people, with a line feed. Texts are shown as `shown` does. */
export function renderTable(
  rows: readonly (readonly (string | number)[])[],
  { head, right = [] }: TableOptions = {},
): string {
  const width = Math.max(head?.length ?? 0, ...rows.map((row) => row.length));
  const noRules = { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' };
  const table = new Table({
    // With titles cli-table3 would leave out the line below them too.
    ...(head === undefined ? { chars: noRules } : { head: [...head] }),
    style: { head: [], border: [], ...(head === undefined ? {} : { compact: true }) },
    colAligns: Array.from({ length: width }, (_, column) => (right.includes(column) ? 'right' : 'left')),
  });
  for (const row of rows) {
    table.push(row.map((cell) => (typeof cell === 'number' ? cell.toLocaleString('en-US') : shown(cell))));
  }
  return `${table.toString()}\n`;
}

// Ids are data: control characters would move the cursor, marks of direction would turn the line around.
const UNSHOWABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Surrogate}]/gu;

/** A text on one line of a terminal: what cannot be seen, or would steer the terminal, is written as `\u{...}`. */
export function shown(text: string): string {
  return text.replace(UNSHOWABLE, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}
