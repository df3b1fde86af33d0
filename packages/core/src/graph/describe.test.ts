import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { AsyncDataStream, OutputTag, StreamExecutionEnvironment } from '@millrace/core';
import type { StreamGraph } from '@millrace/core';
import { FakeSink } from '../test-support/fake-sink.js';
import { FakeSource } from '../test-support/fake-source.js';

/** Every kind of node, and names that are hostile to every format. */
function everything(): StreamGraph {
  const failed = new OutputTag<string>('failed "now"');
  const env = new StreamExecutionEnvironment({ jobName: 'everything' });
  const words = env.fromSource(new FakeSource<string>('dev.words').source, { uid: 'words' });
  const more = env.fromSource(new FakeSource<string>('dev.more').source, { uid: 'more', name: 'more words' });
  const parsed = words
    .union(more)
    .map((word) => word, { uid: 'trim' })
    .filter((word) => word !== '', { uid: 'not-empty' })
    .flatMap<string>((word, out) => out.collect(word), { uid: 'split' })
    .process<string>({ processElement() {} }, { uid: 'parse', name: 'Map<"a", #1>\nnext line', sideOutputs: [failed] });
  const byWord = (word: string): string => word;
  const keyed = parsed.keyBy(byWord, { name: 'by word' });
  const admitted = keyed.admit({ uid: 'admit', coalesce: (group) => group.join() });
  const fn = { asyncInvoke: (word: string) => Promise.resolve([word]) };
  const ordered = AsyncDataStream.orderedWait(admitted, fn, { uid: 'ordered' });
  const unordered = AsyncDataStream.unorderedWait(ordered, fn, { uid: 'unordered' });
  const counted = AsyncDataStream.keyedWait(unordered.keyBy(byWord), fn, { uid: 'keyed' })
    .keyBy(byWord, { name: 'by word' })
    .reduce((a) => a, { uid: 'longest' });
  const byLength = counted
    .map((word) => ({ word, length: word.length }))
    .keyBy(({ word }) => word, { name: 'by word', preservesPartitioning: true });
  const rolling = byLength
    .sum('length', { uid: 'sum' })
    .union(byLength.min('length', { uid: 'min' }), byLength.max('length', { uid: 'max' }))
    .union(byLength.minBy('length', { uid: 'minBy' }), byLength.maxBy('length', { uid: 'maxBy' }));
  rolling.sinkTo(new FakeSink<unknown>().sink, { uid: 'lengths' });
  counted.forward({ uid: 'named' }).sinkTo(new FakeSink<string>().sink, { uid: 'out', name: 'results' });
  parsed.getSideOutput(failed).sinkTo(new FakeSink<string>().sink, { uid: 'failed' });
  return env.getStreamGraph();
}

/** `UPDATE_GOLDEN=1` writes the files anew; the change is then to be read. */
function golden(file: string, text: string): void {
  const url = new URL(`./${file}`, import.meta.url);
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(url, text);
  expect(text).toBe(readFileSync(url, 'utf8'));
}

describe('describe', () => {
  test('as text', () => {
    golden('describe.golden.txt', everything().describe());
  });

  test('as JSON', () => {
    const text = everything().describe('json');
    golden('describe.golden.json', text);
    expect(JSON.parse(text)).toMatchObject({ job: 'everything' });
  });

  test('as Mermaid', () => {
    golden('describe.golden.mmd', everything().describe('mermaid'));
  });
});
