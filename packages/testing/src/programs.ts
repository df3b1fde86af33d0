import { spawnSync } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Full path of a program on PATH, undefined when there is none. */
export function findProgram(name: string, env: NodeJS.ProcessEnv = process.env): string | undefined {
  for (const folder of (env['PATH'] ?? '').split(delimiter)) {
    if (folder === '') continue;
    const candidate = join(folder, name);
    try {
      accessSync(candidate, constants.X_OK);
      if (statSync(candidate).isFile()) return candidate;
    } catch {
      // Not in this folder.
    }
  }
  return undefined;
}

/** Major version in what `java -version` prints: 17 for `openjdk version "17.0.15"`, 8 for `"1.8.0_402"`. */
export function javaMajor(text: string): number | undefined {
  const match = /version "(?:1\.)?(\d+)/.exec(text);
  return match ? Number(match[1]) : undefined;
}

const versions = new Map<string, string>();

/** What `java -version` prints; it names exactly one JVM. Asked once per process: it costs a JVM start. */
export function javaVersionText(java: string): string {
  let text = versions.get(java);
  if (text === undefined) {
    const result = spawnSync(java, ['-version'], { encoding: 'utf8', timeout: 30_000 });
    text = result.stderr || result.stdout || '';
    versions.set(java, text);
  }
  return text;
}
