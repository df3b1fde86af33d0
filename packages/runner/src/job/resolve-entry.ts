import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { dirname, extname, isAbsolute, join, resolve } from 'node:path';

/** A module that may hold a job definition. */
export interface JobEntry {
  /** Absolute path; it need not exist (a package that is not built yet). */
  readonly path: string;
  /** Name of the package it belongs to, undefined for a module given by its path. */
  readonly packageName: string | undefined;
}

/**
 * Finds the module of a job: a path where it looks like one, else a package: `@millrace/NAME`, then `NAME`, among the
 * installed packages and the workspaces around each of `bases`.
 *
 * @param bases folders to look from, the first wins
 */
export function resolveJobEntry(job: string, bases: readonly string[]): JobEntry | undefined {
  const cwd = bases[0] ?? '.';
  if (looksLikePath(job)) {
    const path = resolve(cwd, job);
    return isDirectory(path) ? packageEntry(path) : { path, packageName: undefined };
  }
  const names = job.startsWith('@') ? [job] : [`@millrace/${job}`, job];
  for (const name of names) {
    for (const base of bases) {
      const folder = installedPackage(name, base) ?? enclosingPackage(name, base) ?? workspacePackage(name, base);
      if (folder !== undefined) return packageEntry(folder);
    }
  }
  return undefined;
}

const MODULE_EXTENSIONS = new Set(['.js', '.mjs', '.cjs', '.ts', '.mts']);

function looksLikePath(job: string): boolean {
  return isAbsolute(job) || /^\.{1,2}(?:[\\/]|$)/.test(job) || MODULE_EXTENSIONS.has(extname(job));
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

interface Manifest {
  readonly name?: string;
  readonly main?: string;
  readonly exports?: unknown;
}

function readManifest(folder: string): Manifest | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
  } catch {
    return undefined;
  }
}

function ancestors(folder: string): readonly string[] {
  const parent = dirname(folder);
  return parent === folder ? [folder] : [folder, ...ancestors(parent)];
}

function installedPackage(name: string, base: string): string | undefined {
  return ancestors(base)
    .map((folder) => join(folder, 'node_modules', name))
    .find((folder) => existsSync(join(folder, 'package.json')));
}

/** A job that is deployed alone, as in the container image, is the root and no dependency of anything. */
function enclosingPackage(name: string, base: string): string | undefined {
  return ancestors(base).find((folder) => readManifest(folder)?.name === name);
}

/** The packages of a pnpm workspace are no dependencies of its root, so Node does not find them from there. */
function workspacePackage(name: string, base: string): string | undefined {
  const root = ancestors(base).find((folder) => existsSync(join(folder, 'pnpm-workspace.yaml')));
  if (root === undefined) return undefined;
  return workspaceFolders(root).find((folder) => readManifest(folder)?.name === name);
}

/** Folders that the globs of `packages:` name; only `folder/*` and plain folders are looked at. */
function workspaceFolders(root: string): readonly string[] {
  const yaml = readFileSync(join(root, 'pnpm-workspace.yaml'), 'utf8');
  const block = /^packages:\s*\n((?:[ \t]+-.*\n?|\s*#.*\n)*)/m.exec(yaml)?.[1] ?? '';
  const globs = [...block.matchAll(/-\s*['"]?([^'"#\s]+)['"]?/g)].map((match) => match[1] ?? '');
  return globs.flatMap((glob) => {
    if (!glob.endsWith('/*')) return [join(root, glob)];
    const parent = join(root, glob.slice(0, -2));
    return isDirectory(parent) ? readdirSync(parent).map((entry) => join(parent, entry)) : [];
  });
}

function packageEntry(folder: string): JobEntry | undefined {
  const manifest = readManifest(folder);
  if (manifest === undefined) return undefined;
  const file = exportedFile(manifest.exports) ?? manifest.main ?? 'index.js';
  return { path: join(folder, file), packageName: manifest.name ?? folder };
}

/** The file of the entry point `.`, by the conditions that `import` has. */
function exportedFile(exports: unknown): string | undefined {
  if (typeof exports === 'string') return exports;
  if (typeof exports !== 'object' || exports === null) return undefined;
  const conditions = exports as Record<string, unknown>;
  if (Array.isArray(exports)) return exports.map(exportedFile).find((file) => file !== undefined);
  for (const key of ['.', 'import', 'node', 'default']) {
    const file = key in conditions ? exportedFile(conditions[key]) : undefined;
    if (file !== undefined) return file;
  }
  return undefined;
}
