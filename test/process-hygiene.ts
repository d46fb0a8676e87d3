/**
 * Rule H1 for every test file: a warning of the process (a listener leak, a deprecated call) fails the run.
 * Unhandled rejections and uncaught exceptions already do: vitest reports them as errors.
 */
import { afterAll, beforeAll, expect } from 'vitest';

const warnings: Error[] = [];
const remember = (warning: Error): void => {
  warnings.push(warning);
};

beforeAll(() => {
  process.on('warning', remember);
});

afterAll(() => {
  process.off('warning', remember);
  expect(warnings.map((warning) => `${warning.name}: ${warning.message}`)).toEqual([]);
});
