// For `node --import`: loads the program with the defects that MILLRACE_PLANTED names, separated by "|".
import { register } from 'node:module';

const names = (process.env.MILLRACE_PLANTED ?? '').split('|').filter((name) => name !== '');
register('./loader.mjs', import.meta.url, { data: { names } });
