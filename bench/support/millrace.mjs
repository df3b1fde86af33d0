import { spawn } from 'node:child_process';

/** The command line of this checkout. */
export const cli = new URL('../../packages/runner/bin/millrace.mjs', import.meta.url).pathname;

/** Runs the command to its end and gives its standard output. */
export function millrace(args, env = {}) {
  return node([cli, ...args], env);
}

/** Runs a script to its end and gives its standard output. @throws Error with the end of what it said where it failed */
export function node(args, env = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk) => (stdout += chunk));
    child.stderr.on('data', (chunk) => (stderr += chunk));
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve(stdout);
      else reject(new Error(`${args.join(' ')}: exit ${code}\n${stderr.slice(-2_000)}`));
    });
  });
}
