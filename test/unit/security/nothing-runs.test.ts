/**
 * What src never does, read from its text: run what it was sent, start a process, write a file, load what an option names,
 * read XML that names files. Rows M12 and N1 of docs/failures.md try the same from outside.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readSamlResponse } from '../../../src/auth/saml-response.js';

const root = join(import.meta.dirname, '../../..');
const src = join(root, 'src');
const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts'))
  .map((path) => ({ path: path.replaceAll('\\', '/'), text: readFileSync(join(src, path), 'utf8') }));
/** The driver itself; the local Redshift is a program that people start, and the command line starts it. */
const driver = files.filter(({ path }) => !/^(local|cli)\//.test(path));

/** `path: what`, for every match outside comments. */
function found(pattern: RegExp, among = driver): string[] {
  return among.flatMap(({ path, text }) =>
    [...text.replace(/\/\*[\s\S]*?\*\/|(?<!:)\/\/.*$/gm, '').matchAll(pattern)].map(
      ([match]) => `${path}: ${match}`,
    ),
  );
}

describe('the driver', () => {
  it('reads more than a handful of files here', () => {
    expect(driver.length).toBeGreaterThan(50);
    expect(found(/import /g).length).toBeGreaterThan(100);
  });

  it('CVE-2026-8838, CVE-2017-16082: runs no text as code', () => {
    expect(found(/\beval\b|new Function\b|\bFunction\(|node:vm|['"]vm['"]|\.constructor\(|setTimeout\(['"`]/g, files)).toEqual([]); // prettier-ignore
  });

  it('CVE-2022-41828, CVE-2026-8178: loads no module whose name it does not hold itself', () => {
    expect(found(/\bimport\((?!['"])[^)]*\)/g, files)).toEqual([]);
    // `createRequire` twice: the version, and a package that is CommonJS.
    expect(
      found(/\brequire\w*\([^)]*\)/gi).filter((each) => !each.includes('createRequire(import.meta.url)')),
    ).toEqual([]);
  });

  it('CVE-2022-29972, CVE-2022-30240: starts no process (the drivers for ODBC and Java built a command line to open a browser)', () => {
    // The package `open` does, for logins in a browser: with a checked URL as one argument, which open-browser.test.ts tries.
    expect(found(/\bspawn\(|\bexec(?:File)?Sync?\(/g)).toEqual([]);
    expect(found(/import (?:type )?\{[^}]*\} from 'node:child_process'/g)).toEqual([
      "auth/open-browser.ts: import type { ChildProcess } from 'node:child_process'",
    ]);
    // The local Redshift does, and never through a shell.
    expect(found(/shell:\s*true|\bexec\('/g, files)).toEqual([]);
  });

  it('CVE-2022-41946, CVE-2022-26520: writes no file', () => {
    const used = found(/import \{[^}]*\} from 'node:fs(?:\/promises)?'/g).map((each) =>
      each.replace(/\s+/g, ' '),
    );
    for (const each of used)
      expect(each).toMatch(/\{ (?:readFile|readFileSync|createReadStream)(?:, (?:readFileSync|createReadStream))* \}/); // prettier-ignore
    expect(found(/import \* as \w+ from 'node:fs|node:os'.*tmpdir/g)).toEqual([]);
  });

  it('CVE-2026-41066: reads XML in one place, which takes no DOCTYPE and no entity (redshift_connector’s parser opened files that an assertion named)', async () => {
    expect(found(/import\('[^']*xml[^']*'\)|from '[^'.][^']*xml[^']*'/g)).toEqual([
      "auth/saml-response.ts: import('fast-xml-parser')",
    ]);
    const names = '<!DOCTYPE r [<!ENTITY file SYSTEM "file:///etc/passwd">]><r>&file;</r>';
    for (const text of [names, '<r>&file;</r>']) {
      const reading = readSamlResponse(Buffer.from(text).toString('base64'), 'Test');
      await expect(reading).rejects.toThrow(/DOCTYPE|entity/i);
      await expect(reading).rejects.not.toThrow('root:');
    }
  });
});

describe('SECURITY.md', () => {
  const ids = /CVE-\d{4}-\d{4,}|GHSA(?:-[a-z\d]{4}){3}/g;
  const listed = new Set(readFileSync(join(root, 'SECURITY.md'), 'utf8').match(ids));
  const test = join(root, 'test');
  const titles = readdirSync(test, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.test.ts'))
    .flatMap((path) => {
      const text = readFileSync(join(test, path), 'utf8');
      // Titles of tests only: what a comment mentions proves nothing.
      return [...text.matchAll(/(?:\b(?:it|describe)|\)|\])\s*\(\s*(['"`])((?:(?!\1).)*)\1/g)].map(
        ([, , title]) => ({ file: relative(root, join(test, path)), title: title! }),
      );
    });
  const tested = new Set(titles.flatMap(({ title }) => title.match(ids) ?? []));

  it('lists every hole that a test is named after', () => {
    expect([...tested].filter((id) => !listed.has(id))).toEqual([]);
  });
  it('lists none without a test', () => {
    expect(listed.size).toBeGreaterThanOrEqual(14);
    expect([...listed].filter((id) => !tested.has(id))).toEqual([]);
  });
});
