import { expect, test } from '@jest/globals';
import { maskUserInfo, urlPasswords } from './url-password.js';

test.each([
  ['http://user:secret@host:9000/a', 'http://********@host:9000/a'],
  ['http://token@host', 'http://********@host'],
  ['"ftp://u:a@b@host"', '"ftp://********@host"'],
  ['"http//user:secret@host"', '"http//********@host"'],
  ['a:1,user:secret@host:2', 'a:1,********@host:2'],
  ['http://host/a@b', 'http://host/a@b'],
  ['someone@example.org', 'someone@example.org'],
])('%s is shown as %s', (text, shown) => {
  expect(maskUserInfo(text)).toBe(shown);
});

test('the password is known as written and decoded', () => {
  expect(urlPasswords('http://user:p%40ss%2Fword@host')).toEqual(['user:p%40ss%2Fword', 'p%40ss%2Fword', 'p@ss/word']);
  expect(urlPasswords('http://token-%zz@host')).toEqual(['token-%zz', 'token-%zz', 'token-%zz']);
  expect(urlPasswords('http://host')).toEqual([]);
});
