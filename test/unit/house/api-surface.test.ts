/** The file of the public surface shows what a consumer can rely on, and nothing else. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { entries, surface } from '../../../tools/api-surface.js';

const base = mkdtempSync(join(tmpdir(), 'api-surface-test-'));
afterAll(() => rmSync(base, { recursive: true, force: true }));

let number = 0;
function show(files: Readonly<Record<string, string>>): string {
  const root = join(base, String((number += 1)));
  const options = { strict: true, target: 'es2022', module: 'nodenext', types: [] };
  const all = {
    ...files,
    'package.json': '{"type":"module"}',
    'tsconfig.json': JSON.stringify({ compilerOptions: options }),
  };
  for (const [path, text] of Object.entries(all)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return surface(root, entries[0]!);
}

describe('the surface', { timeout: 60_000 }, () => {
  const shown = show({
    'src/index.ts':
      "export { Thing, make, type Options, helper as aid } from './thing.js';\nexport const answer = 42;\n",
    'src/thing.ts': `
      import type { Reached } from './reached.js';
      export interface Options { /** Documentation. */ readonly z: string; a?: Reached }
      export class Thing {
        #hidden = 1;
        private alsoHidden = 2;
        /** @internal */ made = 3;
        zeta(): number { return this.#hidden + this.alsoHidden; }
        constructor(readonly name: string) {}
        alpha(value: string): string;
        alpha(value: number): number;
        alpha(value: string | number) { return value; }
      }
      export function make(options: Options) { return new Thing(options.z); }
      export function helper(): void {}
      export function notExported(): Unreached | undefined { return undefined; }
      interface Unreached { gone: true }
    `,
    'src/reached.ts': 'export type Reached = Deeper | null;\nexport interface Deeper { deep: 1 }\n',
  });
  const [exported, reached] = shown.split('## Not exported');

  it('has every export with its inferred types', () => {
    expect(exported).toContain('function make(options: Options): Thing;');
    expect(exported).toContain('const answer = 42;');
    expect(exported).toContain('function helper(): void;\nexport { helper as aid };');
  });
  it('has members by name, overloads in their order', () => {
    expect(exported).toMatch(
      /class Thing \{\s+constructor\(name: string\);\s+alpha\(value: string\): string;\s+alpha\(value: number\): number;\s+readonly name: string;\s+zeta\(\): number;\s+\}/,
    );
    expect(exported).toMatch(/interface Options \{\s+a\?: Reached;\s+readonly z: string;\s+\}/);
  });
  it('has what signatures reach', () => {
    expect(reached).toContain('type Reached = Deeper | null;');
    expect(reached).toMatch(/interface Deeper \{\s+deep: 1;\s+\}/);
  });
  it('has nothing private, internal, unreachable, and no documentation', () => {
    for (const word of ['hidden', 'alsoHidden', 'made', 'notExported', 'Unreached', 'Documentation']) {
      expect(shown).not.toContain(word);
    }
  });
  it('does not depend on the order in which things are written', () => {
    const one = 'export interface A { a: 1; b: 2 }\n';
    const two = 'export interface B { c: 3 }\n';
    expect(show({ 'src/index.ts': one + two })).toBe(
      show({ 'src/index.ts': two + one.replace('a: 1; b: 2', 'b: 2; a: 1') }),
    );
  });
});
