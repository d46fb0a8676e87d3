import { expect, it } from 'vitest';

it('calls what Node will drop', () => {
  process.emitWarning('somebody calls an old function', 'DeprecationWarning', 'DEP0000');
  expect(1).toBe(1);
});
