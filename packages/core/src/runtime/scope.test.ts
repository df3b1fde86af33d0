import { describe, expect, test } from '@jest/globals';
import { ChildScope, Scope } from './scope.js';

class RootScope extends Scope {
  settledTimes = 0;
  readonly errors: unknown[] = [];

  failed(error: unknown): void {
    this.errors.push(error);
  }

  protected settled(): void {
    this.settledTimes += 1;
  }
}

describe('a scope', () => {
  test('is settled once, when the last reference is given back', () => {
    const scope = new RootScope();
    scope.retain();
    scope.retain();
    scope.release();
    scope.done();
    expect(scope.settledTimes).toBe(0);
    scope.release();
    expect(scope.settledTimes).toBe(1);
  });

  test('that is released once too often throws: someone acknowledged twice', () => {
    const scope = new RootScope();
    scope.release();
    expect(() => scope.release()).toThrow('released more often');
    expect(scope.settledTimes).toBe(1);
  });
});

describe('a child scope', () => {
  test('holds its parent until it is settled, and tells its own end first', () => {
    const parent = new RootScope();
    const order: string[] = [];
    const child = new ChildScope(parent, () =>
      order.push(`child, parent settled ${String(parent.settledTimes)} times`),
    );
    parent.release();
    expect(parent.settledTimes).toBe(0);
    child.release();
    expect(order).toEqual(['child, parent settled 0 times']);
    expect(parent.settledTimes).toBe(1);
  });

  test('passes failures up', () => {
    const parent = new RootScope();
    const child = new ChildScope(new ChildScope(parent, () => undefined), () => undefined);
    child.failed('broken');
    expect(parent.errors).toEqual(['broken']);
  });
});
