import { open, readFile, rename, rm } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import { ResumeFileError } from './errors.js';
import type { DriftCounts } from './findings.js';
import { noCounts } from './findings.js';

/** What a scan is about; another question does not go on where this one stopped. */
export interface Question {
  readonly courseId: string;
  readonly batchId: string | null;
  /** Where the rows are: the service's address with keyspace and table, or the folder. */
  readonly where: string;
  /** Absolute path of `--out`; null where there is none. */
  readonly out: string | null;
}

/** Where a scan stands. */
export interface Standing {
  readonly position: string;
  readonly counts: DriftCounts;
  /** Length of the file of `--out` at this position. */
  readonly bytes: number;
  /** How much of the table is read, from 0 to 1; null where that is not known. */
  readonly share: number | null;
}

const VERSION = 1;

/** The small file by which an interrupted scan goes on. */
export class ResumeFile {
  readonly path: string;
  readonly #question: Question;

  constructor(path: string, question: Question) {
    if (!isAbsolute(path)) throw new Error(`${path} is not absolute`);
    this.path = path;
    this.#question = question;
  }

  /**
   * Where the scan was interrupted; undefined where there is nothing to go on with.
   *
   * @throws ResumeFileError where the file is another scan's or none
   */
  async read(): Promise<Standing | undefined> {
    let text: string;
    try {
      text = await readFile(this.path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
    const content = parse(text);
    if (content === undefined) throw new ResumeFileError(this.path, 'is no file of this command');
    const other = differenceOf(content.question, this.#question);
    if (other !== undefined) throw new ResumeFileError(this.path, `belongs to a scan with another ${other}`);
    return content.standing;
  }

  /** Whole or not at all, and on the disk when it resolves. */
  async write(standing: Standing): Promise<void> {
    const fresh = `${this.path}.new`;
    const handle = await open(fresh, 'w');
    try {
      await handle.writeFile(`${JSON.stringify({ version: VERSION, question: this.#question, standing })}\n`);
      await handle.datasync();
    } finally {
      await handle.close();
    }
    await rename(fresh, this.path);
  }

  /** The scan is through. */
  async remove(): Promise<void> {
    await rm(this.path, { force: true });
  }
}

interface Content {
  readonly version: number;
  readonly question: Question;
  readonly standing: Standing;
}

function parse(text: string): Content | undefined {
  try {
    const content = JSON.parse(text) as Content;
    const { position, bytes, counts } = content.standing;
    const isWhole =
      content.version === VERSION &&
      typeof position === 'string' &&
      Number.isSafeInteger(bytes) &&
      typeof content.question === 'object' &&
      Object.keys(noCounts).every((name) => Object.hasOwn(counts, name));
    return isWhole ? content : undefined;
  } catch {
    return undefined;
  }
}

const NAMES = { courseId: 'course', batchId: 'batch', where: 'table', out: '--out' } as const;

function differenceOf(one: Question, other: Question): string | undefined {
  for (const name of ['courseId', 'batchId', 'where', 'out'] as const) {
    if (one[name] !== other[name]) return `${NAMES[name]} (${JSON.stringify(one[name])})`;
  }
  return undefined;
}
