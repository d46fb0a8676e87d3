/**
 * Runs a tutorial from top to bottom and compares what its code prints with what the page says: each `ts` block and the
 * `text` block behind it. `tsx tools/tutorial.ts PAGE…` writes what was printed into the pages.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { codeBlocks, type CodeBlock } from './readme.js';

export interface Step {
  readonly code: CodeBlock;
  /** What the page says that it prints; undefined: no such block. */
  readonly output: CodeBlock | undefined;
}

/** A `ts` block that can run here, and the `text` block that comes next before any other. */
export function steps(page: string): Step[] {
  const blocks = codeBlocks(page);
  return blocks.flatMap((code, at) => {
    if (code.language !== 'ts' || !code.runs || !isThere(code.needs)) return [];
    const next = blocks[at + 1];
    return [{ code, output: next?.language === 'text' ? next : undefined }];
  });
}

function isThere(name: string | undefined): boolean {
  try {
    if (name !== undefined) import.meta.resolve(name);
    return true;
  } catch {
    return false;
  }
}

const house = fileURLToPath(new URL('..', import.meta.url));
/** Stands between the outputs of two blocks; nothing else prints it. */
const border = '\u0001';

/** The blocks as one program; imports go to the top, and the package's to its sources. */
export function tutorialProgram(page: string): string {
  const imports: string[] = [];
  const bodies = steps(page).map(({ code }) => {
    const body = code.text.replace(/^import .*? from '(.*?)';\n/gms, (statement, name: string) => {
      imports.push(statement.replace(`'${name}'`, () => `'${source(name)}'`).trim());
      return '';
    });
    return `// line ${String(code.line)}\n${body}\nprocess.stdout.write('${JSON.stringify(border).slice(1, -1)}');`;
  });
  return [...imports, ...bodies, ''].join('\n');
}

function source(name: string): string {
  const [, entry = ''] = /^redshift-connector(\/.*)?$/.exec(name) ?? [undefined, name];
  if (entry !== name) return join(house, 'src', entry, 'index.js');
  if (name.startsWith('.')) return join(house, 'tutorials', name);
  // The program runs in a folder of its own, where no package is.
  return name.startsWith('node:') ? name : import.meta.resolve(name);
}

/** What each block prints. @throws Error with what the program said when it fails */
export async function runTutorial(page: string): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'tutorial-'));
  const file = join(folder, 'tutorial.mts');
  writeFileSync(file, tutorialProgram(page));
  try {
    const tsx = import.meta.resolve('tsx');
    // No option may come from the environment of whoever runs it.
    const env = Object.fromEntries(
      Object.entries(process.env).filter(([name]) => !/^(REDSHIFT|PG)/.test(name)),
    );
    const printed = await new Promise<string>((resolve, reject) => {
      execFile(process.execPath, ['--import', tsx, file], { env, cwd: folder }, (error, out, said) => {
        if (error === null) resolve(out);
        else reject(new Error(`${out.split(border).at(-1) ?? ''}\n${said}`));
      });
    });
    return printed.split(border).slice(0, -1);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The page with what was printed in its `text` blocks. */
export function withOutputs(page: string, outputs: readonly string[]): string {
  const lines = page.split('\n');
  const found = steps(page);
  for (const [at, { output }] of [...found.entries()].reverse()) {
    if (output === undefined) continue;
    const size = output.text === '' ? 0 : output.text.split('\n').length;
    lines.splice(output.line, size, ...(outputs[at] ?? '').trimEnd().split('\n'));
  }
  return lines.join('\n');
}

async function main(): Promise<void> {
  for (const file of process.argv.slice(2)) {
    const page = readFileSync(file, 'utf8');
    writeFileSync(file, withOutputs(page, await runTutorial(page)));
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
