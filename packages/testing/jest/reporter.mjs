// Collects what a jest run did not run and why, and where each service came from.
//
// With MILLRACE_TEST_REPORT=FILE it writes that as JSON for tools/test.mjs; otherwise it prints it after jest's own
// summary.
import { writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { loadTesting } from './load-testing.mjs';

export default class NotRunReporter {
  constructor(globalConfig) {
    this.rootDir = globalConfig.rootDir;
    this.notRun = [];
  }

  onTestResult(_test, result) {
    const file = relative(this.rootDir, result.testFilePath);
    for (const { status, ancestorTitles, title } of result.testResults) {
      if (status === 'pending' || status === 'todo' || status === 'disabled') {
        this.notRun.push({ file, suite: ancestorTitles.join(' > '), title });
      }
    }
  }

  async onRunComplete(_contexts, results) {
    const report = {
      passed: results.numPassedTests,
      // A file that could not even be loaded has no failed test in it, and is a failure all the same.
      failed: results.numFailedTests + results.numRuntimeErrorTestSuites,
      skipped: results.numPendingTests + results.numTodoTests,
      services: globalThis.millraceSession?.entries ?? {},
      notRun: this.notRun,
    };
    const target = process.env.MILLRACE_TEST_REPORT;
    if (target) {
      writeFileSync(target, `${JSON.stringify(report)}\n`);
    } else if (report.notRun.length > 0) {
      const { formatReport } = await loadTesting();
      process.stderr.write(`\n${formatReport(report)}\n`);
    }
  }
}
