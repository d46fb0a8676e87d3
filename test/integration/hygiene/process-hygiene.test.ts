/** Row H1: the hook that every test file runs with catches what no test looks at. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';

const house = fileURLToPath(new URL('../../../', import.meta.url));

let code: number | null;
let text = '';
/** `passed` or `failed`, by the name of the case. */
const files = new Map<string, string>();

beforeAll(() => {
  const config = fileURLToPath(new URL('./hook/vitest.config.ts', import.meta.url));
  const run = spawnSync(
    process.execPath,
    [
      `${house}node_modules/vitest/vitest.mjs`,
      'run',
      '--config',
      config,
      '--reporter=json',
      '--reporter=default',
    ],
    {
      cwd: house,
      encoding: 'utf8',
      env: { ...process.env, VITEST: undefined, NODE_ENV: undefined },
      timeout: 60_000,
    },
  );
  code = run.status;
  text = run.stdout + run.stderr;
  const [json = ''] = /^\{.*\}$/m.exec(run.stdout) ?? [];
  const report = JSON.parse(json) as { testResults: { name: string; status: string }[] };
  for (const { name, status } of report.testResults)
    files.set(/([\w-]+)\.case\.ts$/.exec(name)?.[1] ?? name, status);
});

describe('H1: a test run', () => {
  it.each(['warning', 'listener-leak', 'abort-listener-leak', 'deprecated', 'late-warning'])(
    'H1: fails for a file whose process was warned (%s)',
    (name) => {
      expect(files.get(name)).toBe('failed');
    },
  );

  it.each(['a rejection that nobody handles', 'an exception that nobody catches'])(
    'H1: fails for %s',
    (error) => {
      expect(code).toBe(1);
      expect(text).toContain(error);
    },
  );

  it('H1: passes a file that does nothing of the kind', () => {
    expect(files.get('clean')).toBe('passed');
  });
});
