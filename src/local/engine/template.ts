/**
 * The ground of every local Redshift: a PostgreSQL data directory in which all set-up SQL has run, made once and kept in
 * a cache for the next start. It belongs to the account that runs the server, holds no secret, and is never changed
 * after it was made: a server runs on a copy.
 */
import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { lstat, mkdir, readdir, readFile, rename, utimes, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, isAbsolute, join, relative } from 'node:path';
import { OperationalError } from '../../errors.js';
import { serverAccount } from './account.js';
import { findNative, prepareBinaries, temporaryRoots } from './binaries.js';
import { objectSteps, typeSteps } from '../setup/index.js';
import type { SetupStep } from '../setup/step.js';
import { FolderRefused, startWatchdog, type Account, type Watchdog } from './watchdog.js';

/** The superuser that owns everything the set-up makes; on Redshift it is AWS's own. */
export const templateOwner = 'rdsdb';

/** What the template is made with; tests give their own. */
export interface TemplateOptions {
  /** Folders that the cache may be in, best first. */
  readonly roots?: readonly string[];
  readonly types?: readonly SetupStep[];
  readonly objects?: readonly SetupStep[];
}

/**
 * The path of a whole template, found or made (about two seconds). Any number of processes may ask at once.
 * @throws OperationalError when a step of the set-up fails (it names the step), or no folder takes the template
 */
export async function prepareTemplate(
  bin?: string,
  account: Account | undefined = serverAccount(),
  options: TemplateOptions = {},
): Promise<string> {
  const programs = bin ?? (await prepareBinaries(findNative(), account));
  const { types = typeSteps, objects = objectSteps } = options;
  const key = await templateKey(programs, account, types, objects);
  const failures: string[] = [];
  for (const root of options.roots ?? cacheRoots(account)) {
    try {
      const place = join(
        root,
        `redshift-connector-template-${account?.uid ?? process.geteuid?.() ?? 0}-${key}`,
      );
      return join(await found(root, place, { bin: programs, account, types, objects }), 'data');
    } catch (cause) {
      if (cause instanceof SetupFailed) throw cause;
      failures.push(cause instanceof Error ? cause.message : String(cause));
    }
  }
  throw new OperationalError(`No folder for the local Redshift's template: ${failures.join('; ')}`);
}

/** Names a template by all that it is made from: two that share it are the same. */
export async function templateKey(
  bin: string,
  account: Account | undefined,
  types: readonly SetupStep[] = typeSteps,
  objects: readonly SetupStep[] = objectSteps,
): Promise<string> {
  const version = await engineVersion(bin, account);
  const made = JSON.stringify([version, layout, script(types), script(objects)]);
  return createHash('sha256').update(made).digest('hex').slice(0, 16);
}

/** Counts up when the way of making a template changes. */
const layout = 2;

/** What `postgres -V` says. */
export function engineVersion(bin: string, account: Account | undefined): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(join(bin, 'postgres'), ['-V'], { cwd: '/', ...account }, (error, said) => {
      if (error === null) resolve(said.trim());
      else reject(new OperationalError(`The private PostgreSQL cannot be run: ${error.message}`));
    });
  });
}

interface Setup {
  readonly bin: string;
  readonly account: Account | undefined;
  readonly types: readonly SetupStep[];
  readonly objects: readonly SetupStep[];
}

class SetupFailed extends OperationalError {}

/**
 * The account's own cache folder by the XDG Base Directory Specification, then folders that everybody can write in.
 * An account that we hand the server to has no home of ours.
 */
function cacheRoots(account: Account | undefined): string[] {
  if (account !== undefined) return temporaryRoots();
  const cache = process.env['XDG_CACHE_HOME'] ?? '';
  const own = isAbsolute(cache) ? cache : join(homedir(), '.cache');
  return [join(own, 'redshift-connector'), ...temporaryRoots()];
}

/**
 * Steps as PostgreSQL's single-user mode reads them with -j: a statement list ends with a semicolon and an empty line,
 * wherever that stands, so that no step may hold one. The name goes into the log's prefix, for the error of a failed step.
 */
function script(steps: readonly SetupStep[]): string {
  return steps
    .map((step) => {
      const name = step.name.replaceAll("'", "''");
      return `do $$ begin raise log 'step: %', '${name}'; end $$;\n\n${statements(step)}\n;\n\n`;
    })
    .join('');
}

const statements = ({ sql }: SetupStep): string => sql.trim().replaceAll(/;[ \t]*(\n[ \t]*)+\n/g, ';\n');

/** The database that clients find first; the one that initdb makes for tools is none of Redshift's. */
const databases = 'drop database postgres;\n\ncreate database dev strategy file_copy;\n\n';

/** The template at `place` (or beside it, if somebody else sits there). */
async function found(root: string, place: string, setup: Setup): Promise<string> {
  const { account } = setup;
  if (account === undefined) await mkdir(root, { recursive: true, mode: 0o700 });
  for (let number = 1; number <= 8; number += 1) {
    const folder = number === 1 ? place : `${place}-${number}`;
    // A build that somebody else makes meanwhile counts as well, unless it ends without one.
    for (let round = 1; round <= 3 && (await isMissing(folder, account)); round += 1)
      await build(root, folder, setup);
    if ((await inspect(folder, account)) !== 'whole') continue;
    // Its time says when it was last used.
    const now = new Date();
    await utimes(join(folder, manifest), now, now).catch(() => undefined);
    return folder;
  }
  throw new Error(`${place} is occupied by folders of other users`);
}

async function isMissing(folder: string, account: Account | undefined): Promise<boolean> {
  const state = await inspect(folder, account);
  return state === 'absent' || state === 'broken';
}

const manifest = 'manifest.json';

/** `foreign`: of another account, or others may write in it. `broken`: not what was made. */
async function inspect(
  folder: string,
  account: Account | undefined,
): Promise<'whole' | 'broken' | 'foreign' | 'absent'> {
  const top = await lstat(folder).catch(() => undefined);
  if (top === undefined) return 'absent';
  const owner = account?.uid ?? process.geteuid?.();
  if (!top.isDirectory() || top.uid !== owner || (top.mode & 0o022) !== 0) return 'foreign';
  const listed = await readFile(join(folder, manifest), 'utf8').catch(() => '');
  const present = await list(join(folder, 'data')).catch(() => '-');
  return listed === present ? 'whole' : 'broken';
}

/** Every file with its size; folders that hold none count as well, since a server needs them. */
async function list(folder: string): Promise<string> {
  const items = await readdir(folder, { withFileTypes: true, recursive: true });
  const entries = await Promise.all(
    items.map(async (item) => {
      const path = join(item.parentPath, item.name);
      return [relative(folder, path), item.isFile() ? (await lstat(path)).size : -1] as const;
    }),
  );
  return JSON.stringify(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Seconds for which a process waits for another's build before it makes its own. */
const patience = 30;

/**
 * One build at a time on a machine: its folder is the lock, and its watchdog removes that when the builder is gone.
 * Undefined when another process had the turn and has ended it.
 */
async function takeTurn(place: string, setup: Setup): Promise<{ work: string; guard: Watchdog } | undefined> {
  const lock = `${place}.building`;
  try {
    return { work: lock, guard: await startBuild(lock, setup) };
  } catch (cause) {
    if (!(cause instanceof FolderRefused) || !(await isOurs(lock, setup.account))) throw cause;
  }
  const until = Date.now() + patience * 1000;
  while (Date.now() < until) {
    if (!(await isOurs(lock, setup.account))) return undefined;
    await pause(20);
  }
  const work = `${place}.${randomBytes(6).toString('hex')}`;
  return { work, guard: await startBuild(work, setup) };
}

async function startBuild(work: string, { bin, account, types, objects }: Setup): Promise<Watchdog> {
  const guard = startWatchdog(work, account, {
    kind: 'build',
    bin,
    superuser: templateOwner,
    encryption: 'md5',
    data: 'template/data',
    types: script(types),
    objects: `${script(objects)}${databases}`,
  });
  await guard.made;
  return guard;
}

async function isOurs(folder: string, account: Account | undefined): Promise<boolean> {
  const stat = await lstat(folder).catch(() => undefined);
  return stat?.uid === (account?.uid ?? process.geteuid?.());
}

const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Makes it in a folder that a watchdog removes, whatever happens to us, and moves it into place when it is whole. */
async function build(root: string, place: string, setup: Setup): Promise<void> {
  const { account, types, objects } = setup;
  const turn = await takeTurn(place, setup);
  if (turn === undefined) return;
  const { work, guard } = turn;
  try {
    if (!(await isMissing(place, account))) return;
    await guard.built.catch((cause: unknown) => {
      throw new SetupFailed(
        `The local Redshift cannot be set up: ${complaint(String(cause), [...types, ...objects])}`,
      );
    });
    const folder = join(work, 'template');
    await writeFile(join(folder, manifest), await list(join(folder, 'data')), { flag: 'wx' });
    // A damaged one goes aside, not away: somebody may have put a whole one there since we looked.
    if ((await inspect(place, account)) === 'broken')
      await rename(place, join(work, 'broken')).catch(() => undefined);
    await rename(folder, place).catch((error: unknown) => {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error;
    });
    for (const old of await unused(root, account)) {
      await rename(old, join(work, basename(old))).catch(() => undefined);
    }
  } finally {
    guard.end();
    await guard.ended.catch(() => undefined);
  }
}

/** The first error, the step that it is in, and the SQL where it is; initdb says much before, and the shutdown after. */
function complaint(said: string, steps: readonly SetupStep[]): string {
  const lines = said.trim().split('\n');
  const first = Math.max(
    0,
    lines.findIndex((line) => /\b(FATAL|PANIC|ERROR|error): /.test(line)),
  );
  const text = lines
    .slice(first)
    .filter((line) => !line.includes(' LOG: '))
    .join('\n');
  const name = /step: (.*)$/.exec(
    lines.slice(0, first).findLast((line) => line.includes('LOG:  step: ')) ?? '',
  )?.[1];
  const step = steps.find((candidate) => candidate.name === name);
  const position = / at character (\d+)$/m.exec(text)?.[1];
  if (step === undefined) return text;
  if (position === undefined) return `step "${step.name}": ${text}`;
  const sql = Array.from(statements(step));
  const at = Number(position) - 1;
  return `step "${step.name}": ${text}\n${sql.slice(Math.max(at - 200, 0), at).join('')} >>> ${sql.slice(at, at + 200).join('')}`;
}

/** Templates of other versions that several projects on one machine may use in turn. */
const kept = 4;

/**
 * They go by being moved to where the watchdog removes them: whoever copies one in this moment is told so by its
 * missing paths, while a folder that is emptied in place would give a copy with holes.
 */
async function unused(root: string, account: Account | undefined): Promise<string[]> {
  const ours = `redshift-connector-template-${account?.uid ?? process.geteuid?.() ?? 0}-`;
  const names = (await readdir(root)).filter((name) => name.startsWith(ours) && !name.includes('.'));
  const used = await Promise.all(
    names.map(async (name) => {
      const stat = await lstat(join(root, name, manifest)).catch(() => undefined);
      return { path: join(root, name), time: stat?.mtimeMs ?? 0 };
    }),
  );
  const old = used.sort((a, b) => b.time - a.time).slice(kept);
  const states = await Promise.all(old.map(({ path }) => inspect(path, account)));
  return old.flatMap(({ path }, index) => (states[index] === 'foreign' ? [] : [path]));
}
