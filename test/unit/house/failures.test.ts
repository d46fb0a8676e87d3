/** docs/failures.md is a promise per row: each row is provoked by a test whose title begins with the row's id. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const rows = [...readFileSync('docs/failures.md', 'utf8').matchAll(/^\| ([A-Z]\d+) \|/gm)].map(
  ([, id]) => id!,
);

const tests = readdirSync('test', { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.test.ts'))
  .map((name) => readFileSync(join('test', name), 'utf8'))
  .join('\n');
/** `it('Q2: …'`, or a title of a table of cases: the id at the start of a text, followed by what is tested. */
const tested = new Set(
  [...tests.matchAll(/['"`]((?:[ACLMOSQXRHN]\d+(?:, | and )?)+)[ :]/g)].flatMap(([, ids]) =>
    ids!.split(/, | and /),
  ),
);

describe('docs/failures.md', () => {
  it('names each row once', () => {
    expect(rows.length).toBeGreaterThan(90);
    expect(rows).toEqual([...new Set(rows)]);
  });

  it.each(rows)('%s has a test that begins with its id', (id) => {
    expect(tested).toContain(id);
  });
});
