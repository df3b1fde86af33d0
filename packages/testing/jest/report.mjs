// What a test run did not run and why, as text: the last thing that `npm test` prints.

const notRunPrefix = 'not run: ';

/** The one suite that may be missing where services are required: no container runtime may answer. */
export function mayBeMissing({ file }) {
  return file.endsWith('/containers.integration.test.ts');
}

/** Sums of the counts of several runs, and their lists put together. */
export function mergeReports(reports) {
  const sum = (name) => reports.reduce((total, report) => total + report[name], 0);
  return {
    passed: sum('passed'),
    failed: sum('failed'),
    skipped: sum('skipped'),
    services: Object.assign({}, ...reports.map((report) => report.services)),
    notRun: reports.flatMap((report) => report.notRun),
  };
}

/** The report for people: where services came from, then what was not run, by reason. */
export function formatReport(reports) {
  const { services, notRun } = mergeReports(reports);
  const lines = Object.entries(services).map(([name, entry]) =>
    entry.address
      ? `service ${name}: ${entry.address.description} at ${entry.address.addresses.join(',')}`
      : `service ${name}: none (${entry.unavailable})`,
  );
  if (notRun.length === 0) return [...lines, 'Everything was run.'].join('\n');
  const byReason = groupBy(notRun, reasonOf);
  lines.push(`Not run: ${notRun.length} ${notRun.length === 1 ? 'entry' : 'entries'}`);
  for (const [reason, entries] of byReason) {
    lines.push(`- because ${reason}:`);
    lines.push(...entries.map(({ file, suite, title }) => `    ${file}: ${titleOf(suite, title)}`));
  }
  return lines.join('\n');
}

function reasonOf({ title }) {
  return title.startsWith(notRunPrefix) ? title.slice(notRunPrefix.length) : 'the test itself is switched off';
}

function titleOf(suite, title) {
  if (title.startsWith(notRunPrefix)) return suite || 'the whole file';
  return suite ? `${suite} > ${title}` : title;
}

function groupBy(items, keyOf) {
  const groups = new Map();
  for (const item of items) {
    const key = keyOf(item);
    groups.set(key, [...(groups.get(key) ?? []), item]);
  }
  return groups;
}
