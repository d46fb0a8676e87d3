/**
 * Every login on this machine, without an account: starts stand-ins of AWS, of the identity providers and of Redshift, and
 * logs in by the README's own lines. `npm run logins -- node mine.mjs` runs a program of yours there instead, with the
 * options that it has for the real services.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { misleading, startStandIns, type StandIns } from '../test/fakes/stand-ins.js';
import { program } from './readme.js';

const house = fileURLToPath(new URL('..', import.meta.url));

/** What the README takes for granted where it shows logins: each is used for one query, whose rows are printed. */
export const loginHead = `
import type { Connection } from '${join(house, 'src/index.js')}';
const login = async (name: string, open: () => Promise<Connection>): Promise<void> => {
  try {
    await using conn = await open();
    const { rows } = await conn.query('select current_user as me');
    console.log(name.padEnd(44), rows[0]);
  } catch (error) {
    console.log(name.padEnd(44), error);
    process.exitCode = 1;
  }
};`;

/** A folder in which a page's program finds its packages. */
export function programFolder(): { readonly folder: string; readonly remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'redshift-logins-'));
  symlinkSync(join(house, 'node_modules'), join(folder, 'node_modules'), 'junction');
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/**
 * Runs a command where the stand-ins are. A page to log in at that it prints is opened by somebody, as its reader would.
 *
 * @param options `print` is told each line that the command prints; default: they are printed
 * @returns its exit code
 */
export async function runAmong(
  { env, browse }: Pick<StandIns, 'env' | 'browse'>,
  [file, ...args]: readonly [string, ...string[]],
  options: { readonly cwd?: string; readonly print?: (line: string) => void } = {},
): Promise<number> {
  const { cwd = process.cwd(), print } = options;
  const own = Object.entries(process.env).filter(([name]) => !misleading.test(name));
  const child = spawn(file, args, {
    cwd,
    env: { ...Object.fromEntries(own), ...env },
    stdio: ['inherit', 'pipe', 'inherit'],
  });
  if (print === undefined) child.stdout.pipe(process.stdout, { end: false });
  createInterface({ input: child.stdout }).on('line', (line) => {
    print?.(line);
    const [page] = /https:\/\/\S+/.exec(line) ?? [];
    // Most addresses are no login's: nobody is told of those.
    if (page !== undefined) browse(page).catch(() => undefined);
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      resolve(code ?? 1);
    });
  });
}

async function main(command: readonly string[]): Promise<void> {
  const [file, ...args] = command;
  if (file !== undefined && file !== process.execPath && !existsSync(join(house, 'dist/index.js'))) {
    // What `import 'redshift-connector'` finds in this folder.
    await runAmong({ env: {}, browse: () => Promise.resolve('') }, ['npm', 'run', '-s', 'build'], {
      cwd: house,
    });
  }
  const standIns = await startStandIns();
  // The program's own end is ours: it got the signal, too.
  process.on('SIGINT', () => undefined);
  try {
    for (const line of standIns.started) console.log(line);
    console.log('\nThe environment that leads there:');
    for (const [name, value] of Object.entries(standIns.env)) {
      if (name === 'PATH') continue;
      console.log(`  ${name}=${value.length > 90 ? `${value.slice(0, 80)}…` : value}`);
    }
    console.log();
    if (file !== undefined) {
      process.exitCode = await runAmong(standIns, [file, ...args], {
        cwd: process.env['INIT_CWD'] ?? process.cwd(),
      });
      return;
    }
    const { folder, remove } = programFolder();
    try {
      const script = join(folder, 'logins.mts');
      const page = readFileSync(join(house, 'README.md'), 'utf8');
      writeFileSync(
        script,
        program(page, join(house, 'src/index.js'), loginHead, ({ login }) => login),
      );
      process.exitCode = await runAmong(
        standIns,
        [process.execPath, '--import', import.meta.resolve('tsx'), script],
        { cwd: house },
      );
    } finally {
      remove();
    }
  } finally {
    await standIns.close();
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(process.argv.slice(2));
