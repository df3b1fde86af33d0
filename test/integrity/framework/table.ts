import { appendFileSync } from 'node:fs';

/** A line of the table that the command ends with. */
export interface RowResult {
  readonly row: string;
  readonly passed: boolean;
  /** Seconds: how long the faults really went on, how long they would at full length, and the row's wall time. */
  readonly length: number;
  readonly fullLength: number;
  readonly wallSeconds: number;
  readonly runs?: number;
  readonly records?: number;
  readonly lost?: number;
  readonly wrong?: number;
  readonly duplicates?: number;
  readonly recoverySeconds?: number;
  /** Largest resident size of a process of the job, in MiB. */
  readonly memoryMiB?: number;
  readonly note?: string;
}

/** Adds a line to the file from which the command makes its table. */
export function writeResult(result: RowResult): void {
  write(result);
}

/** A planted defect and what the checker said of it; undefined: nothing. */
export interface DefectResult {
  readonly defect: string;
  readonly finding: string | undefined;
}

export function writeDefect(defect: string, finding: string | undefined): void {
  write({ defect, finding });
}

/** A row that was run without what it rests on: the defect, and what the checker said; undefined: it was not run. */
export function writeUnprotected(unprotected: string, defect: string, finding: string | undefined): void {
  write({ unprotected, defect, finding });
}

/** A row that is part of the full form alone, and why. */
export function writeLeftOut(leftOut: string, why: string): void {
  write({ leftOut, why });
}

function write(result: object): void {
  const file = process.env['MILLRACE_INTEGRITY_RESULTS'];
  const line = `${JSON.stringify(result)}\n`;
  if (file === undefined) process.stdout.write(line);
  else appendFileSync(file, line);
}
