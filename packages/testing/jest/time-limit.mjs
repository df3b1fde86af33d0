// Real servers on a loaded machine: group joins and restarts take seconds. (jest takes `testTimeout` for all projects
// at once only, and a unit test that needs more than the default is a broken one.)
import { jest } from '@jest/globals';

jest.setTimeout(60_000);
