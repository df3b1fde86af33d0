import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { WatermarkValve } from './watermark-valve.js';

function valveOf(...channels: readonly string[]): WatermarkValve<string> {
  const valve = new WatermarkValve<string>();
  for (const channel of channels) valve.add(channel);
  return valve;
}

describe('flink 1.1 watermarks of several inputs', () => {
  test('the minimum over the inputs is passed on, once all have one', () => {
    const valve = valveOf('a', 'b');
    expect(valve.advance('a', 10).watermark).toBeUndefined();
    expect(valve.advance('b', 4).watermark).toBe(4);
    expect(valve.advance('b', 12).watermark).toBe(10);
    expect(valve.watermark).toBe(10);
  });

  test('one that goes back or stands still has no effect', () => {
    const valve = valveOf('a');
    expect(valve.advance('a', 10).watermark).toBe(10);
    expect(valve.advance('a', 10).watermark).toBeUndefined();
    expect(valve.advance('a', 3).watermark).toBeUndefined();
  });

  test('an idle input holds nothing back', () => {
    const valve = valveOf('a', 'b');
    valve.advance('a', 10);
    expect(valve.setIdle('b', true)).toEqual({ watermark: 10, isIdle: undefined });
    expect(valve.advance('a', 11).watermark).toBe(11);
  });

  test('all idle: so is the output, with the highest watermark of all', () => {
    const valve = valveOf('a', 'b');
    valve.advance('a', 10);
    valve.advance('b', 5);
    expect(valve.setIdle('b', true).watermark).toBe(10);
    expect(valve.setIdle('a', true)).toEqual({ watermark: undefined, isIdle: true });
    const other = valveOf('a', 'b');
    other.advance('a', 10);
    other.setIdle('a', true);
    expect(other.setIdle('b', true)).toEqual({ watermark: 10, isIdle: true });
  });

  test('one that comes back behind the others holds nothing back until it has caught up', () => {
    const valve = valveOf('a', 'b');
    valve.advance('b', 3);
    valve.advance('a', 10);
    valve.setIdle('b', true);
    expect(valve.setIdle('b', false)).toEqual({ watermark: undefined, isIdle: undefined });
    expect(valve.advance('b', 7).watermark).toBeUndefined();
    expect(valve.advance('a', 20).watermark).toBe(20);
    expect(valve.advance('b', 21).watermark).toBeUndefined();
    expect(valve.advance('a', 30).watermark).toBe(21);
  });

  test('property: without idleness it is the minimum, and never goes back', () => {
    const steps = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.integer({ min: 0, max: 50 })));
    fc.assert(
      fc.property(steps, (all) => {
        const valve = valveOf('a', 'b', 'c');
        const highest = new Map<string, number>();
        let last = -Infinity;
        for (const [channel, watermark] of all) {
          const { watermark: passed } = valve.advance(channel, watermark);
          highest.set(channel, Math.max(highest.get(channel) ?? -1, watermark));
          const minimum = highest.size < 3 ? undefined : Math.min(...highest.values());
          if (passed !== undefined) {
            expect(passed).toBe(minimum);
            expect(passed).toBeGreaterThan(last);
            last = passed;
          } else if (minimum !== undefined) {
            expect(minimum).toBe(last);
          }
        }
      }),
    );
  });
});
