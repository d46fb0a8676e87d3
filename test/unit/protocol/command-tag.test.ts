import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseCommandTag } from '../../../src/protocol/command-tag.js';

describe('parseCommandTag', () => {
  it.each([
    ['INSERT 0 5', { command: 'INSERT', rowCount: 5, oid: 0 }],
    ['INSERT 16385 1', { command: 'INSERT', rowCount: 1, oid: 16385 }],
    ['UPDATE 3000000000', { command: 'UPDATE', rowCount: 3_000_000_000 }],
    ['DELETE 0', { command: 'DELETE', rowCount: 0 }],
    ['SELECT', { command: 'SELECT', rowCount: null }],
    ['CREATE TABLE', { command: 'CREATE TABLE', rowCount: null }],
    ['FETCH 9007199254740991', { command: 'FETCH', rowCount: 9007199254740991 }],
    ['FETCH 9007199254740992', { command: 'FETCH', rowCount: null }],
    [`INSERT 0 ${'9'.repeat(30)}`, { command: 'INSERT', rowCount: null, oid: 0 }],
    [`INSERT ${'9'.repeat(400)} 1`, { command: 'INSERT', rowCount: 1 }],
    ['SELECT -1', { command: 'SELECT', rowCount: null }],
    ['SELECT 1e3', { command: 'SELECT 1e3', rowCount: null }],
    ['', { command: '', rowCount: null }],
    ['7', { command: '7', rowCount: null }],
    ['COPY2', { command: 'COPY2', rowCount: null }],
    ['FROBNICATE 1 2 3', { command: 'FROBNICATE 1', rowCount: 3, oid: 2 }],
  ])('reads %j', (tag, expected) => {
    expect(parseCommandTag(tag)).toEqual(expected);
  });

  it('takes any text, fast, and never gives a count that is no natural number', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[A-Z]{0,5}( -?\d{0,30}){0,4}$/)), (tag) => {
        const { rowCount, oid } = parseCommandTag(tag);
        for (const value of [rowCount ?? 0, oid ?? 0])
          expect(Number.isSafeInteger(value) && value >= 0).toBe(true);
      }),
    );
    const started = performance.now();
    parseCommandTag(`SELECT ${'1 '.repeat(500_000)}x`);
    parseCommandTag(`SELECT ${'1'.repeat(1_000_000)}x`);
    expect(performance.now() - started).toBeLessThan(1000);
  });
});
