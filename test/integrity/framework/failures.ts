import { sequenceOf } from '../oracle/requests.js';
import type { Scene } from './scene.js';

/** Failed events of one code. */
export interface Failures {
  /** Of learners whose requests must fail so. */
  readonly expected: readonly string[];
  /** Of everybody else: the fault's doing. */
  readonly unexpected: readonly string[];
}

/** Reads the failed topic: who failed with `code` because the leaf nodes are missing for good, and who only meanwhile. */
export async function failuresOf(scene: Scene, code: string): Promise<Failures> {
  const expected: string[] = [];
  const unexpected: string[] = [];
  for await (const { value } of scene.kafka.readTopic(scene.topics.failed)) {
    const text = Buffer.from(value ?? []).toString('utf8');
    if ((JSON.parse(text) as { failInfo: { code: string } }).failInfo.code !== code) continue;
    const kind = scene.planned[sequenceOf(text) ?? -1]?.learner.kind;
    (kind === 'leaf nodes missing' ? expected : unexpected).push(text);
  }
  return { expected, unexpected };
}
