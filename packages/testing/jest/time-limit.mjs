// A limit for tests that hang, not a measure of speed: real servers, whole commands and loaded machines take seconds.
// (jest takes `testTimeout` for all projects at once only.)
import { jest } from '@jest/globals';

jest.setTimeout(60_000);
