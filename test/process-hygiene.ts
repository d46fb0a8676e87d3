/**
 * Rule H1 for every test file: a warning of the process (a listener leak, a deprecated call) fails the run.
 * Unhandled rejections and uncaught exceptions already do: vitest reports them as errors. A test of its own holds it to both.
 */
import { setImmediate as turn } from 'node:timers/promises';
import { afterAll, beforeAll, expect } from 'vitest';

const warnings: Error[] = [];
const remember = (warning: Error): void => {
  // The AWS SDK says on Node 20 when it will drop Node 20. That is true, and nobody's fault.
  if (warning.message.startsWith('NodeVersionSupportWarning: The AWS SDK')) return;
  warnings.push(warning);
};

beforeAll(() => {
  process.on('warning', remember);
});

afterAll(async () => {
  // A warning comes on the next tick, which is later than the end of a test that waited for nothing.
  for (let turns = 0; turns < 3; turns++) await turn();
  process.off('warning', remember);
  expect(warnings.map((warning) => `${warning.name}: ${warning.message}`)).toEqual([]);
});
