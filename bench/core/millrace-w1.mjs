import { isSync, parse, small } from './workload.mjs';

export function build(env, source) {
  return env.fromSource(source, { uid: 'in' }).map(parse).filter(isSync).map(small);
}
