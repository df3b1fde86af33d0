import { serviceNames, type ServiceName } from '../service.js';

const call = /describeWithServices\s*\(\s*/g;
const literalNames = /^\[([^\]]*)\]/;
const remark = /^\/\/ services: (.+)$/m;

/**
 * Which shared services a test file asks for, read from its text: the literal names in its `describeWithServices`
 * calls, without those that start servers of their own (`own: true`). A file in which no call with literal names is
 * found may ask through a helper: all services. A line `// services: none` or `// services: kafka, redis` settles it.
 * So a run of one suite starts no more than that suite needs.
 */
export function servicesAskedFor(text: string): readonly ServiceName[] {
  const said = remark.exec(text)?.[1]?.split(/[\s,]+/);
  if (said) return serviceNames.filter((name) => said.includes(name));
  const starts = [...text.matchAll(call)].map((match) => match.index + match[0].length);
  const asked = new Set<ServiceName>();
  let understood = false;
  starts.forEach((start, index) => {
    const segment = text.slice(start, starts[index + 1]);
    const list = literalNames.exec(segment)?.[1];
    const literals = [...(list ?? '').matchAll(/['"](\w+)['"]/g)].map((match) => match[1]);
    if (/\bown:\s*true\b/.test(segment)) {
      // Nothing shared.
    } else if (list !== undefined && literals.length > 0 && literals.every(isServiceName)) {
      literals.forEach((name) => asked.add(name));
    } else {
      serviceNames.forEach((name) => asked.add(name));
    }
    understood = true;
  });
  return understood ? serviceNames.filter((name) => asked.has(name)) : serviceNames;
}

function isServiceName(name: string | undefined): name is ServiceName {
  return serviceNames.includes(name as ServiceName);
}
