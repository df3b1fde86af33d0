import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Where the process that runs a job on a folder can be asked: the file is for the folder's owner alone. */
export interface ControlAddress {
  readonly url: string;
  readonly token: string;
  readonly pid: number;
}

const FILE = 'control.json';

/** Says in the folder how its process is asked; returns a function that takes it back. */
export async function announceControl(folder: string, address: ControlAddress): Promise<() => Promise<void>> {
  const path = join(folder, FILE);
  // One that is there is of a process that was killed: the folder is ours, or it could not have been opened.
  const draft = `${path}.${String(address.pid)}`;
  await rm(draft, { force: true });
  await writeFile(draft, `${JSON.stringify(address)}\n`, { mode: 0o600, flag: 'wx' });
  // At once: nobody reads half of it.
  await rename(draft, path);
  return () => rm(path, { force: true });
}

/** Undefined where no process says so. */
export async function findControl(folder: string): Promise<ControlAddress | undefined> {
  try {
    const { url, token, pid } = JSON.parse(await readFile(join(folder, FILE), 'utf8')) as Partial<ControlAddress>;
    return typeof url === 'string' && typeof token === 'string' && typeof pid === 'number'
      ? { url, token, pid }
      : undefined;
  } catch {
    return undefined;
  }
}
