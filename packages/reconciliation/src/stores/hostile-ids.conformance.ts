/** Ids that break whoever pastes them into a statement, a JSON text, a key or a path. All at most 256 bytes of UTF-8. */
export const hostileIds: readonly string[] = [
  `it's "quoted" \\ and \\\\ more`,
  `'; DROP TABLE user_enrolments; --`,
  `"},"edata":{"userId":"someone else`,
  '__proto__',
  'constructor',
  '$1 ${id} {{env}} %s',
  'line\nbreak\r\ttab',
  'null\u0000byte',
  '../../etc/passwd',
  'a:b:leafnodes',
  ' padded ',
  'नमस्ते😀\u200d\u202e',
  '\ufeffbom',
  '?',
  '😀'.repeat(64),
  'x'.repeat(256),
];
