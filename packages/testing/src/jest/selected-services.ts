import { serviceNames, type ServiceName } from '../service.js';

const call = /describeWithServices\s*\(\s*/g;
const literalNames = /^\[([^\]]*)\]/;

/**
 * Which shared services a test file asks for, read from its text: the literal names in its `describeWithServices`
 * calls, without those that start servers of their own (`own: true`). A file in which no call with literal names is
 * found may ask through a helper: all services. So a run of one suite starts no more than that suite needs.
 */
export function servicesAskedFor(text: string): readonly ServiceName[] {
  const starts = [...text.matchAll(call)].map((match) => match.index + match[0].length);
  const asked = new Set<ServiceName>();
  let understood = false;
  starts.forEach((start, index) => {
    const segment = text.slice(start, starts[index + 1]);
    const list = literalNames.exec(segment)?.[1];
    const names = [...(list ?? '').matchAll(/['"](\w+)['"]/g)].map((match) => match[1]);
    if (list === undefined || !names.every(isServiceName)) {
      serviceNames.forEach((name) => asked.add(name));
    } else if (!/\bown:\s*true\b/.test(segment)) {
      names.filter(isServiceName).forEach((name) => asked.add(name));
    }
    understood = true;
  });
  return understood ? serviceNames.filter((name) => asked.has(name)) : serviceNames;
}

function isServiceName(name: string | undefined): name is ServiceName {
  return serviceNames.includes(name as ServiceName);
}
