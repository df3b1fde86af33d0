import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';

/** The command as installed: the suites run what was built, in a process of its own, as a user does. */
export const cliPath = join(process.cwd(), 'packages', 'runner', 'bin', 'millrace.mjs');

export interface CliResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Milliseconds after which the process is killed and the call fails. @default 120_000 */
  readonly timeoutMs?: number;
  readonly cwd?: string;
}

/** A running command. */
export interface RunningCli {
  readonly child: ChildProcess;
  readonly ended: Promise<CliResult>;
}

/** Starts `millrace ARGS`. The environment of the tests is not passed on, so that nothing of it is taken for configuration. */
export function startMillrace(args: readonly string[], options: CliOptions = {}): RunningCli {
  const child = spawn(process.execPath, [cliPath, ...args], {
    cwd: options.cwd ?? process.cwd(),
    env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return { child, ended: resultOf(child, `millrace ${args.join(' ')}`, options.timeoutMs ?? 120_000) };
}

/** Runs `millrace ARGS` to its end. */
export function millrace(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  return startMillrace(args, options).ended;
}

/** Runs `millrace ARGS`, which must exit with 0. @throws an error with what it printed */
export async function millraceOk(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  const result = await millrace(args, options);
  if (result.code !== 0) {
    throw new Error(`millrace ${args.join(' ')}: exit ${String(result.code ?? result.signal)}\n${result.stderr}`);
  }
  return result;
}

export function resultOf(child: ChildProcess, what: string, timeoutMs: number): Promise<CliResult> {
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk));
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`${what}: still running after ${String(timeoutMs)} ms\n${stderr.slice(-4_000)}`));
    }, timeoutMs);
    child.on('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      resolve({ code, signal, stdout, stderr });
    });
  });
}

/** The summary of a bounded run with `--summary json`: the last line of standard output. */
export function summaryOf(result: CliResult): Readonly<Record<string, number>> {
  const line = result.stdout.trimEnd().split('\n').at(-1) ?? '';
  return JSON.parse(line) as Record<string, number>;
}
