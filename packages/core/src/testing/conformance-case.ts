/**
 * One check of a conformance suite. It belongs to no test runner: `test(name, run)` of jest, `node:test` or any other
 * runs it. It rejects where the thing under test does not conform.
 */
export interface ConformanceCase {
  readonly name: string;
  run(): Promise<void>;
}
