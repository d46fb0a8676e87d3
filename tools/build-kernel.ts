/**
 * Compiles src/kernel/assembly (AssemblyScript) to WebAssembly and writes it, as base64, into src/kernel/embedded.ts. The
 * compiler is pinned by package-lock.json, so that the same source gives the same bytes on every machine.
 * Run: npx tsx tools/build-kernel.ts [--check]; with --check it changes nothing and fails when the file is out of date.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** What is used of the compiler. Its own types declare `at()` of every array anew, for the whole project: they stay out. */
interface Compiler {
  main(
    options: readonly string[],
    system: {
      readonly stderr: { write(text: string | Uint8Array): void };
      writeFile(name: string, contents: string | Uint8Array): void;
    },
  ): Promise<{ readonly error: Error | null }>;
}

const compiler: string = 'assemblyscript/asc';
const asc = (await import(compiler)) as Compiler;

const root = fileURLToPath(new URL('..', import.meta.url));
const embedded = `${root}src/kernel/embedded.ts`;
const sources = 'src/kernel/assembly';

/** The kernel grows with every lane; a client that loads slowly is no gain. */
const most = 16 * 1024;

/** @throws Error with the compiler's messages */
async function build(): Promise<Uint8Array> {
  let wasm: Uint8Array | undefined;
  let messages = '';
  const { error } = await asc.main(
    [`${sources}/index.ts`, '--config', `${sources}/asconfig.json`, '--baseDir', root, '-o', 'kernel.wasm'],
    {
      stderr: {
        write: (text: string | Uint8Array) => {
          messages += String(text);
        },
      },
      // The compiler's own files are read as it likes; nothing of what it makes touches the disk.
      writeFile: (name, contents) => {
        if (name === 'kernel.wasm' && typeof contents !== 'string') wasm = contents;
      },
    },
  );
  if (error !== null || wasm === undefined) throw new Error(`asc: ${String(error)}\n${messages}`);
  if (wasm.length > most)
    throw new Error(`The kernel has ${wasm.length} bytes; at most ${most} are embedded`);
  return wasm;
}

function fileOf(wasm: Uint8Array): string {
  return `/** Written by tools/build-kernel.ts (npm run kernel) from src/kernel/assembly; never by hand. */

export const embedded =
  '${Buffer.from(wasm).toString('base64')}';
`;
}

async function main(args: readonly string[]): Promise<number> {
  const wasm = await build();
  const after = fileOf(wasm);
  if (args.includes('--check')) {
    if (readFileSync(embedded, 'utf8') === after) return 0;
    console.error(`${embedded} is not what ${sources} compiles to; run npm run kernel`);
    return 1;
  }
  writeFileSync(embedded, after);
  console.log(`src/kernel/embedded.ts: ${wasm.length} bytes of WebAssembly`);
  return 0;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
