/** Which decoder is taken: the kernel where it is worth it, the plain one where there is no WebAssembly, without a word. */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type * as decoders from '../../../src/kernel/decoder.js';
import type { Lane } from '../../../src/kernel/lanes.js';
import type * as modules from '../../../src/kernel/module.js';
import { blockOf, int32, text, valuesOf, type Cell } from './blocks.js';

const lanes: readonly Lane[] = [{ kind: 'int32' }, { kind: 'utf8' }];
const rowsOf = (count: number): readonly (readonly Cell[])[] =>
  Array.from({ length: count }, (_, row) => [int32(row), row % 7 === 0 ? null : text(`row ${String(row)}`)]);
const numbersOf = (count: number): number[] => Array.from({ length: count }, (_, row) => row);

type Decoders = typeof decoders;
type Modules = typeof modules;

/** The room as a process finds it that has not loaded it yet. */
async function fresh(): Promise<Decoders & Modules> {
  vi.resetModules();
  return {
    ...(await import('../../../src/kernel/decoder.js')),
    ...(await import('../../../src/kernel/module.js')),
  };
}

function check({ makeColumnDecoder }: Decoders, count: number): void {
  const block = blockOf(rowsOf(count));
  const pieces = makeColumnDecoder(lanes).decode(block);
  expect(valuesOf(pieces[0]!, lanes[0]!, count)).toEqual(numbersOf(count));
  expect(valuesOf(pieces[1]!, lanes[1]!, count)).toEqual(
    numbersOf(count).map((row) => (row % 7 === 0 ? null : `row ${String(row)}`)),
  );
}

describe('the decoder of columns', () => {
  beforeEach(() => {
    vi.unstubAllGlobals();
  });
  afterEach(() => {
    vi.unstubAllGlobals();
  });

  test('loads the kernel for a large block and not for a small one', async () => {
    const room = await fresh();
    check(room, 10);
    expect(room.hasKernel()).toBe(false);
    check(room, 2000);
    expect(room.hasKernel()).toBe(true);
    check(room, 10);
    check(room, 0);
  });

  test('is the plain one where there is no WebAssembly', async () => {
    vi.stubGlobal('WebAssembly', undefined);
    const room = await fresh();
    check(room, 2000);
    expect(room.kernel()).toBeUndefined();
    expect(room.hasKernel()).toBe(false);
  });

  test('is the plain one where WebAssembly refuses to compile', async () => {
    const refuse = function (): never {
      throw new Error('Wasm code generation disallowed by embedder');
    };
    vi.stubGlobal('WebAssembly', { Module: refuse, Instance: refuse });
    const room = await fresh();
    check(room, 2000);
    expect(room.kernel()).toBeUndefined();
  });

  test('works under node --jitless', () => {
    const room = new URL('../../../src/kernel/decoder.ts', import.meta.url);
    const script = `
      import { makeColumnDecoder } from ${JSON.stringify(room.href)};
      const bytes = Buffer.alloc(16 * 2000);
      for (let at = 0; at < bytes.length; at += 16) {
        bytes.write('D', at);
        bytes.writeInt32BE(15, at + 1);
        bytes.writeInt16BE(1, at + 5);
        bytes.writeInt32BE(5, at + 7);
        bytes.write('hello', at + 11);
      }
      const block = { bytes, start: 0, end: bytes.length, rows: 2000 };
      const [piece] = makeColumnDecoder([{ kind: 'utf8' }]).decode(block);
      console.log(typeof WebAssembly, piece.bad, piece.offsets[2000], Buffer.from(piece.values.subarray(0, 10)).toString());`;
    const out = execFileSync(
      process.execPath,
      ['--no-warnings', '--jitless', '--import', 'tsx', '--input-type=module', '-e', script],
      { cwd: fileURLToPath(new URL('../../..', import.meta.url)), encoding: 'utf8', stdio: 'pipe' },
    );
    expect(out).toBe('undefined -1 10000 hellohello\n');
  }, 30_000);

  test('leaves a block that is too large to the plain one', async () => {
    const room = await fresh();
    const long = Buffer.alloc(65 * 1024 * 1024, 'x');
    const pieces = room.makeColumnDecoder(lanes).decode(blockOf([[int32(5), long]]));
    expect(valuesOf(pieces[0]!, lanes[0]!, 1)).toEqual([5]);
    expect(pieces[1]!.offsets![1]).toBe(long.length);
  });
});
