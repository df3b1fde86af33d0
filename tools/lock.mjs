// A lock between processes of one checkout: a file that names its owner. One whose owner is gone does not count.
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** Takes the lock if nobody alive holds it: returns what gives it back, or the holder's pid. */
export function tryLock(file) {
  mkdirSync(dirname(file), { recursive: true });
  const own = `${file}.${process.pid}`;
  writeFileSync(own, String(process.pid));
  try {
    for (;;) {
      try {
        // A link appears with its content in one step; creating the file and then writing it would not.
        linkSync(own, file);
        return { release: () => rmSync(file, { force: true }) };
      } catch (error) {
        if (error.code !== 'EEXIST') throw error;
      }
      const holder = readHolder(file);
      if (holder !== undefined && isAlive(holder)) return { holder };
      if (holder !== undefined) removeStale(file, holder);
    }
  } finally {
    unlinkSync(own);
  }
}

/** Waits for the lock; `onWait(pid)` is called once when somebody else holds it. */
export async function lock(file, onWait) {
  for (let waited = false; ; waited = true) {
    const { release, holder } = tryLock(file);
    if (release) return release;
    if (!waited) onWait(holder);
    await delay(100);
  }
}

function removeStale(file, holder) {
  // Taken aside first: between reading and removing, another process may have taken the lock anew.
  const aside = `${file}.stale.${process.pid}`;
  try {
    renameSync(file, aside);
  } catch {
    return;
  }
  const found = readHolder(aside);
  if (found !== holder) linkSync(aside, file);
  rmSync(aside, { force: true });
}

function readHolder(file) {
  try {
    return Number(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
