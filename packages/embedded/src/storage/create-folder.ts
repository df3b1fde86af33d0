import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Creates a folder and its parents where missing. Node's own `recursive` option never returns where a parent exists and
 * refuses children with ENOENT, as those under /proc do.
 *
 * @throws what the system says: EACCES, EROFS, ENOSPC, EEXIST or ENOTDIR where a file is in the way
 */
export function createFolder(path: string): void {
  try {
    mkdirSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' && statSync(path).isDirectory()) return;
    if (code !== 'ENOENT' || dirname(path) === path) throw error;
    createFolder(dirname(path));
    mkdirIfMissing(path);
  }
}

/** Somebody else may have created it meanwhile. */
function mkdirIfMissing(path: string): void {
  try {
    mkdirSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}
