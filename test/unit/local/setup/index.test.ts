/** The set-up's SQL as text: what would break it only in some session, or only for the next who adds to it. */
import { describe, expect, it } from 'vitest';
import { objectSteps, typeSteps } from '../../../../src/local/setup/index.js';

const steps = [...typeSteps, ...objectSteps];
const all = steps.map(({ sql }) => sql).join('\n');

/** Bodies between dollar quotes, with what stands before them. */
const bodies = [
  ...all.matchAll(
    /create (?:or replace )?(?:function|procedure) ([^(]+\([^)]*\))((?:(?!\$\w*\$|;\n)[\s\S])*?)(\$\w*\$)([\s\S]*?)\3/gi,
  ),
].map(([, name = '', , , body = '']) => [name, body] as const);

describe('the set-up', () => {
  it('names every step differently, so that a failure tells which', () => {
    const names = steps.map(({ name }) => name);
    expect(names).toEqual([...new Set(names)]);
    for (const name of names) expect(name).toMatch(/^[ -~]+$/);
  });

  it('has bodies', () => {
    expect(bodies.length).toBeGreaterThan(50);
  });

  it('means the same in the sessions of clients, where a backslash in a plain literal escapes', () => {
    // They are read in every session, under its settings (standard_conforming_strings off).
    const plain = /(?<![eE'\w])'(?:[^'\\]|'')*\\/;
    for (const [name, body] of bodies) {
      const code = body.replaceAll(/--.*$/gm, '');
      // An escape string has a meaning of its own, and so has what stands between two of the quotes inside it.
      const withoutEscapes = code.replaceAll(/\b[eE]'(?:[^'\\]|''|\\[\s\S])*'/g, "''");
      expect([name, plain.exec(withoutEscapes)?.[0]]).toEqual([name, undefined]);
    }
  });

  it('gives every type an OID of its own', () => {
    const oids = [...all.matchAll(/binary_upgrade_set_next_(?:array_)?pg_type_oid\((\d+)/g)].map(([, oid]) =>
      Number(oid),
    );
    expect(oids).toEqual([...new Set(oids)]);
    expect(oids).toContain(4000);
  });

  it('puts what it makes where every search finds it, whatever a client’s search_path says', () => {
    // Without the bodies: what those make is their business.
    const statements = bodies.reduce((text, [, body]) => text.replace(body, ''), all);
    const made = [
      ...statements.matchAll(
        /^create (?:or replace )?(?:function|operator class|operator|aggregate|view|table|type|procedure)\s+([^\s(]+)/gim,
      ),
    ];
    expect(made.length).toBeGreaterThan(200);
    for (const [text, name = ''] of made) {
      expect([text, /^(pg_catalog|information_schema)\./.test(name)]).toEqual([text, true]);
    }
  });
});
