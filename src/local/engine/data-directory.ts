/**
 * A folder in which a local Redshift keeps its database between starts (`--data DIR`): made from the template once.
 * It never writes in a folder that holds anything else, nor in one that another version made.
 */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { chmod, chown, cp, lstat, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { ArgumentError, OperationalError } from '../../errors.js';
import { engineVersion, prepareTemplate, templateKey } from './template.js';
import type { Account } from './watchdog.js';

const marker = 'redshift-connector.json';

interface Marker {
  readonly engine: string;
  readonly template: string;
}

/**
 * The PostgreSQL data directory inside `directory`, which is made when it is missing or empty.
 * @throws ArgumentError when the folder holds something else, belongs to somebody else, or another version made it
 * @throws OperationalError when the server's account cannot reach it
 */
export async function prepareDataDirectory(
  directory: string,
  bin: string,
  account: Account | undefined,
): Promise<string> {
  const folder = resolve(directory);
  const made = await mkdir(folder, { recursive: true, mode: 0o700 });
  if (made !== undefined && account !== undefined) await openWay(made, folder);
  const { uid } = await lstat(folder);
  if (uid !== process.geteuid?.()) {
    throw new ArgumentError(
      `dataDirectory: ${folder} belongs to another user (uid ${uid}); take a folder of your own`,
    );
  }
  const ours: Marker = {
    engine: await engineVersion(bin, account),
    template: await templateKey(bin, account),
  };
  await claim(folder, ours);
  const data = join(folder, 'data');
  if ((await lstat(data).catch(() => undefined)) === undefined) await fill(folder, data, bin, account);
  await checkReach(data, account);
  return data;
}

/** Lets the server's account through the folders that we made, whatever our umask says, but not read in them. */
async function openWay(from: string, to: string): Promise<void> {
  for (let folder = to; ; folder = dirname(folder)) {
    await chmod(folder, 0o711);
    if (folder === from) return;
  }
}

async function claim(folder: string, ours: Marker): Promise<void> {
  const names = await readdir(folder);
  if (!names.includes(marker)) {
    if (names.length > 0) {
      throw new ArgumentError(
        `dataDirectory: ${folder} holds other files and no local Redshift; take an empty or a new folder`,
      );
    }
    await writeFile(join(folder, marker), `${JSON.stringify(ours)}\n`, { flag: 'wx' }).catch(
      (error: unknown) => {
        // Another start claims it in this moment.
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      },
    );
    return;
  }
  const text = await readFile(join(folder, marker), 'utf8');
  // Whoever claims it in this moment has made the file and not yet written it.
  const theirs = text === '' ? ours : readMarker(text, folder);
  if (theirs.engine !== ours.engine || theirs.template !== ours.template) {
    throw new ArgumentError(
      `dataDirectory: ${folder} was made by another version of the local Redshift (${theirs.engine}, set-up ` +
        `${theirs.template}; this is ${ours.engine}, set-up ${ours.template}); use that version or a new folder`,
    );
  }
}

function readMarker(text: string, folder: string): Marker {
  try {
    const { engine, template } = JSON.parse(text) as Record<string, unknown>;
    if (typeof engine === 'string' && typeof template === 'string') return { engine, template };
  } catch {
    // Said below.
  }
  throw new ArgumentError(`dataDirectory: ${join(folder, marker)} is damaged; take an empty or a new folder`);
}

/** A copy that was cut short is never taken for a database, and goes with the next start. */
async function fill(folder: string, data: string, bin: string, account: Account | undefined): Promise<void> {
  const part = join(folder, `data.${randomBytes(6).toString('hex')}.part`);
  try {
    await copyTemplate(part, bin, account);
    if (account !== undefined) await handOver(part, account);
    await checkReach(part, account);
    await toDisk(part, bin, account);
    await rename(part, data).catch((error: unknown) => {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error;
    });
  } finally {
    await rm(part, { recursive: true, force: true });
  }
}

/** Another process may replace the template while we copy it. */
async function copyTemplate(part: string, bin: string, account: Account | undefined): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const template = await prepareTemplate(bin, account);
    try {
      await cp(template, part, { recursive: true, mode: constants.COPYFILE_FICLONE });
      return;
    } catch (error) {
      if (attempt === 3 || (error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      await rm(part, { recursive: true, force: true });
    }
  }
}

/** The server makes sure of what it writes itself, and takes for granted that the rest has been (initdb, --sync-only). */
function toDisk(data: string, bin: string, account: Account | undefined): Promise<void> {
  return new Promise((done, fail) => {
    execFile(
      join(bin, 'initdb'),
      ['--sync-only', '-D', data],
      { cwd: '/', ...account },
      (error, _out, said) => {
        if (error === null) done();
        else fail(new OperationalError(`dataDirectory: ${data} cannot be written: ${said.trim()}`));
      },
    );
  });
}

async function handOver(folder: string, { uid, gid }: Account): Promise<void> {
  for (const name of await readdir(folder, { recursive: true })) await chown(join(folder, name), uid, gid);
  await chown(folder, uid, gid);
}

function checkReach(data: string, account: Account | undefined): Promise<void> {
  if (account === undefined) return Promise.resolve();
  return new Promise((done, fail) => {
    execFile('/bin/sh', ['-c', 'cd "$1"', 'check', data], { cwd: '/', ...account }, (error) => {
      if (error === null) done();
      else fail(new OperationalError(unreachable(data, account)));
    });
  });
}

const unreachable = (data: string, { uid }: Account): string =>
  `dataDirectory: PostgreSQL refuses to run as root, and the user it runs as instead (uid ${uid}) cannot reach ` +
  `${data}; take a folder below folders that everybody may enter, or run as an ordinary user`;
