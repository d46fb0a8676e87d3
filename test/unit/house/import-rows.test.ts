/**
 * The floor plan is kept by .dependency-cruiser.cjs; here it meets a small tree that breaks each rule once, so that a
 * new version of the tool or a slip in the table cannot quietly let everything through.
 */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const house = join(import.meta.dirname, '../../..');
const tool = join(house, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
const base = mkdtempSync(join(tmpdir(), 'import-rows-test-'));
afterAll(() => rmSync(base, { recursive: true, force: true }));

interface Broken {
  readonly rule: string;
  readonly from: string;
}
type Files = Readonly<Record<string, string>>;

let number = 0;
function lay(files: Files): string {
  const root = join(base, String((number += 1)));
  mkdirSync(root);
  writeFileSync(join(root, 'package.json'), '{ "type": "module", "devDependencies": { "pg": "*" } }');
  writeFileSync(join(root, 'tsconfig.json'), readFileSync(join(house, 'tsconfig.json')));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

/** What `npm run check` runs, in another folder. */
function cruise(root: string, ...more: string[]): Promise<{ failed: boolean; out: string }> {
  const args = [tool, 'src', '--config', join(house, '.dependency-cruiser.cjs'), ...more];
  return new Promise((resolve, reject) => {
    execFile(process.execPath, args, { cwd: root, maxBuffer: 1 << 26 }, (error, out, said) => {
      if (out === '') reject(new Error(said, { cause: error }));
      else resolve({ failed: error !== null, out });
    });
  });
}

async function brokenRules(root: string): Promise<Broken[]> {
  const { out } = await cruise(root, '--output-type', 'json');
  const { summary } = JSON.parse(out) as {
    summary: { violations: { rule: { name: string }; from: string }[] };
  };
  return summary.violations.map(({ rule, from }) => ({ rule: rule.name, from }));
}

const value = 'export const value = 1;\nexport type Value = number;\n';
const take = (path: string): string => `export { value } from '${path}';\n`;

describe('the import rows', { timeout: 60_000 }, () => {
  it('let downward imports through', async () => {
    const root = lay({
      'src/index.ts': "export { query } from './client/query.js';\n",
      'src/client/query.ts':
        "import type { Value } from '../types/value.js';\nimport { one } from '../session/session.js';\nexport const query: Value = one;\n",
      'src/session/session.ts':
        "import { value } from '../protocol/value.js';\nimport '../errors.js';\nexport const one = value;\n",
      'src/protocol/value.ts': value,
      'src/types/value.ts': value,
      'src/errors.ts': value,
    });
    expect(await brokenRules(root)).toEqual([]);
    expect((await cruise(root)).failed).toBe(false);
  });

  const files: Files = {
    // What the files below reach for.
    'src/protocol/value.ts': value,
    'src/types/value.ts': value,
    'src/sql/value.ts': value,
    'src/session/value.ts': value,
    'src/client/value.ts': value,
    'test/helper.ts': value,
    'node_modules/pg/package.json': '{ "name": "pg", "main": "index.js" }',
    'node_modules/pg/index.js': 'module.exports = {};\n',
    'node_modules/other/package.json': '{ "name": "other", "main": "index.js" }',
    'node_modules/other/index.js': 'module.exports = {};\n',
    // One fault each.
    'src/protocol/upward.ts': take('../session/value.js'),
    'src/types/upward-type.ts':
      "import type { Value } from '../client/value.js';\nexport const it: Value = 1;\n",
    'src/protocol/same-row.ts': take('../types/value.js'),
    'src/session/not-for-session.ts': take('../sql/value.js'),
    'src/local/not-for-local.ts': take('../client/value.js'),
    'src/local/front/value.ts': value,
    'src/local/login/upward.ts': take('../front/value.js'),
    'src/errors.ts': take('./protocol/value.js'),
    'src/sql/type-again.ts': "export type { Value } from '../session/value.js';\n",
    'src/sql/type-in-passing.ts': "export type Got = import('../session/value.js').Value;\n",
    'src/sql/when-called.ts': "export const late = () => import('../session/value.js');\n",
    'src/session/one.ts': "import type { Two } from './two.js';\nexport interface One { two: Two }\n",
    'src/session/two.ts': "import type { One } from './one.js';\nexport interface Two { one: One }\n",
    'src/utils/odds.ts': take('../protocol/value.js'),
    'src/client/missing.ts': take('./gone.js'),
    'src/client/test-code.ts': take('../../test/helper.js'),
    'src/client/development.ts': "import pg from 'pg';\nexport const client = pg;\n",
    'src/client/undeclared.ts': "import other from 'other';\nexport const more = other;\n",
    'src/sql/unused.ts': 'export const unused = 1;\n',
  };
  let root = '';
  let found: Broken[] = [];
  beforeAll(async () => {
    root = lay(files);
    found = await brokenRules(root);
  }, 60_000);

  it.each([
    ['an upward import', 'room-protocol', 'src/protocol/upward.ts'],
    ['an upward import of a type', 'room-types', 'src/types/upward-type.ts'],
    ['a room of the same row', 'room-protocol', 'src/protocol/same-row.ts'],
    ['a lower room that is not for this one', 'room-session', 'src/session/not-for-session.ts'],
    ['the client, for the local Redshift', 'room-local', 'src/local/not-for-local.ts'],
    ['an upward import between floors of the local Redshift', 'local-login', 'src/local/login/upward.ts'],
    ['any room, for the errors', 'room-errors', 'src/errors.ts'],
    ['a re-exported type', 'room-sql', 'src/sql/type-again.ts'],
    ['a type named in passing', 'room-sql', 'src/sql/type-in-passing.ts'],
    ['an import when called', 'room-sql', 'src/sql/when-called.ts'],
    ['a circle of nothing but types', 'no-circle', 'src/session/one.ts'],
    ['a room that the table does not know', 'unknown-room', 'src/utils/odds.ts'],
    ['a file that is not there', 'unresolvable', 'src/client/missing.ts'],
    ['code of the tests', 'src-stands-alone', 'src/client/test-code.ts'],
    ['a development package', 'no-dev-packages-in-src', 'src/client/development.ts'],
    ['a package that package.json does not name', 'undeclared-package', 'src/client/undeclared.ts'],
    ['a file that nobody uses', 'orphan', 'src/sql/unused.ts'],
  ])('refuse %s', (_what, rule, from) => {
    expect(found).toContainEqual({ rule, from });
  });
  it('blame nothing else', () => {
    const innocent = Object.keys(files).slice(0, 6);
    expect(found.filter(({ from }) => innocent.includes(from))).toEqual([]);
  });
  it('fail the command', async () => {
    expect((await cruise(root)).failed).toBe(true);
  });
});
