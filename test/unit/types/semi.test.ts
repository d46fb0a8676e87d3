import { describe, expect, it } from 'vitest';
import { DataError } from '../../../src/errors.js';
import { binary, text } from './cells.js';

const written = '{"a": 12345678901234567890, "b": [1.5, null]}';

describe('super', () => {
  it('is the server’s text by default', () => {
    expect(text(4000, written)).toBe(written);
    expect(binary(4000, Buffer.from(written))).toBe(written);
    expect(text(4000, written, { types: { super: 'string' } })).toBe(written);
  });
  it('is a value by choice, without rounding', () => {
    expect(text(4000, written, { types: { super: 'json' } })).toEqual({
      a: 12_345_678_901_234_567_890n,
      b: [1.5, null],
    });
    expect(() => text(4000, '{', { types: { super: 'json' } })).toThrow(DataError);
  });
  it('goes to a function as text', () => {
    expect(text(4000, written, { types: { super: (one) => one.length } })).toBe(written.length);
  });
});

describe('json', () => {
  it('is a value by default, text by choice', () => {
    expect(text(114, written)).toEqual({ a: 12_345_678_901_234_567_890n, b: [1.5, null] });
    expect(text(114, 'null')).toBeNull();
    expect(text(114, written, { types: { json: 'string' } })).toBe(written);
    expect(text(114, written, { types: { json: (one) => one.length } })).toBe(written.length);
    expect(() => text(114, '')).toThrow(DataError);
  });
});

describe('hllsketch', () => {
  it('is its text', () => {
    expect(text(2935, '{"logm":15,"sparse":{"indices":[1],"values":[2]}}')).toBe(
      '{"logm":15,"sparse":{"indices":[1],"values":[2]}}',
    );
  });
});
