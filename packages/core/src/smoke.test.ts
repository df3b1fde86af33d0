import { test, expect } from '@jest/globals';
import * as core from '@millrace/core';
import { Subject } from 'rxjs';
test('loads', () => { expect(core).toBeDefined(); expect(new Subject()).toBeDefined(); });
