// Collects what failed in a jest run, what it did not run and why, and where each service came from.
//
// With MILLRACE_TEST_REPORT=FILE it writes that as JSON for tools/test.mjs; otherwise it prints it after jest's own
// summary.
import { writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { loadTesting } from './load-testing.mjs';

export default class NotRunReporter {
  constructor(globalConfig) {
    this.rootDir = globalConfig.rootDir;
    this.notRun = [];
    this.failures = [];
  }

  onTestResult(_test, result) {
    const file = relative(this.rootDir, result.testFilePath);
    // A file that could not be loaded has a reason and no results.
    if (
      result.testExecError ||
      (result.failureMessage && !result.testResults.some(({ status }) => status === 'failed'))
    ) {
      this.failures.push({ file, title: '', message: plain(result.failureMessage ?? result.testExecError.message) });
    }
    for (const { status, ancestorTitles, title, failureMessages } of result.testResults) {
      if (status === 'failed') {
        const message = plain(failureMessages.join('\n'));
        this.failures.push({ file, title: [...ancestorTitles, title].join(' > '), message });
      }
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
      failures: this.failures,
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

/** Without colours and without the lines of the stack that are jest's own. */
function plain(text) {
  const lines = stripVTControlCharacters(String(text)).split('\n');
  return lines
    .filter((line) => !/^\s+at .*(node_modules|node:internal|new Promise \(<anonymous>\))/.test(line))
    .join('\n');
}
