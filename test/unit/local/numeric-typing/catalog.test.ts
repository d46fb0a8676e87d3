import { describe, expect, it } from 'vitest';
import { NumericCatalog } from '../../../../src/local/numeric-typing/catalog.js';

describe('NumericCatalog', () => {
  it('opens a question for what was asked and is not known, once', () => {
    const catalog = new NumericCatalog();
    expect(catalog.open()).toBeUndefined();
    expect(catalog.functionName(16_384)).toBeUndefined();
    expect(catalog.functionName(16_385)).toBeUndefined();
    const question = catalog.open();
    expect(question?.sql).toContain('pg_proc where oid in (16384, 16385)');
    question?.answer([['16384', 'nvl']]);
    expect(catalog.open()).toBeUndefined();
    expect(catalog.functionName(16_384)).toBe('nvl');
    // Gone meanwhile: known to be nothing.
    expect(catalog.functionName(16_385)).toBe('');
    expect(catalog.open()).toBeUndefined();
  });

  it('keeps the names of functions in the map that it is given', () => {
    const names = new Map<number, string>();
    new NumericCatalog(names).functionName(16_384);
    const first = new NumericCatalog(names);
    first.functionName(16_384);
    first.open()?.answer([['16384', 'rs_quotient']]);
    expect(new NumericCatalog(names).functionName(16_384)).toBe('rs_quotient');
  });

  it('asks for the trees of views', () => {
    const catalog = new NumericCatalog();
    expect(catalog.viewTree(7)).toBeUndefined();
    const question = catalog.open();
    expect(question?.sql).toContain('ev_class in (7)');
    question?.answer([]);
    expect(catalog.viewTree(7)).toBeUndefined();
    expect(catalog.open()).toBeUndefined();
  });
});
