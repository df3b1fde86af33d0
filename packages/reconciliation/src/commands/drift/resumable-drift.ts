import type { Clock } from '@millrace/core';
import type { EnrolmentScan } from '../../stores/enrolment-scan.js';
import { drift } from './drift.js';
import type { DriftOptions } from './drift.js';
import { OutFileError } from './errors.js';
import type { DriftCounts } from './findings.js';
import { LineFile } from './line-file.js';
import { ResumeFile } from './resume-file.js';
import type { Question, Standing } from './resume-file.js';

export interface ResumableDriftOptions extends Omit<DriftOptions, 'from' | 'write' | 'reached'> {
  readonly clock: Clock;
  readonly question: Question;
  /** Absolute path of the file by which it goes on; undefined: it cannot. */
  readonly resume: string | undefined;
  /** Begins anew, whatever was done before. */
  readonly restart: boolean;
  /** Told where it goes on. */
  onResume(from: Standing): void;
}

/** Time between two writings of the resume file: each waits for the disk. */
const SAVE_MS = 1_000;

/**
 * A scan that goes on where it was interrupted, by a small file that says how far it came and how long the file of the
 * lines was then. What was written behind that is cut off and found again, so no line is lost or there twice, also after
 * a SIGKILL. When the scan is through that small file is gone.
 *
 * @throws ResumeFileError, OutFileError; what `drift` throws
 */
export async function resumableDrift(scan: EnrolmentScan, options: ResumableDriftOptions): Promise<DriftCounts> {
  const { question, clock } = options;
  const resume = options.resume === undefined ? undefined : new ResumeFile(options.resume, question);
  if (options.restart) await resume?.remove();
  const from = await resume?.read();
  const file = question.out === null ? undefined : await openLines(question.out, from, options.resume ?? '');
  if (from !== undefined) options.onResume(from);
  let latest: Standing | undefined;
  let savedAt = clock.monotonic();
  const save = async (): Promise<void> => {
    if (resume === undefined || latest === undefined) return;
    // The lines are on the disk before it is written down that they are there.
    await file?.sync();
    await resume.write(latest);
    savedAt = clock.monotonic();
  };
  try {
    const counts = await drift(scan, {
      ...options,
      from,
      write: async (lines) => file?.append(lines),
      async reached(place) {
        latest = { ...place, bytes: file?.bytes ?? 0 };
        if (clock.monotonic() - savedAt >= SAVE_MS) await save();
      },
    });
    await file?.sync();
    await resume?.remove();
    return counts;
  } catch (error) {
    await save();
    throw error;
  } finally {
    await file?.close();
  }
}

async function openLines(path: string, from: Standing | undefined, resume: string): Promise<LineFile> {
  try {
    return await LineFile.open(path, from?.bytes ?? 0);
  } catch (error) {
    const isGone = (error as NodeJS.ErrnoException).code === 'ENOENT';
    if (from !== undefined && (error instanceof RangeError || isGone)) throw new OutFileError(path, resume, error);
    throw error;
  }
}
