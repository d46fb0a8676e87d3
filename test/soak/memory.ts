/**
 * `npx tsx test/soak/memory.ts [--megabytes 2048]`: reads a result of that size, slowly and in every way, in processes
 * that the operating system gives 256 MB, and prints how much of it they needed.
 */
import { parseArgs } from 'node:util';
import { ceiling, readUnderCeiling } from '../integration/hygiene/ceiling.js';
import type { Reading } from '../integration/hygiene/programs/slow-reader.js';

const { values } = parseArgs({ options: { megabytes: { type: 'string', default: '2048' } } });
const megabytes = Number(values.megabytes);
if (!Number.isInteger(megabytes) || megabytes < 1)
  throw new Error('--megabytes takes a whole number, 1 or more');
console.log(`${String(megabytes)} MB for a slow reader, ceiling ${String(ceiling)} MB`);
const readings: readonly Reading[] = ['stream', 'objects', 'for await', 'fetchMany', 'fetchOne'];
for (const tls of [false, true]) {
  for (const reading of readings) {
    const { code, signal, stderr, told, rows, seconds } = await readUnderCeiling({ reading, tls, megabytes });
    const right = told?.rows === rows;
    if (!right) process.exitCode = 1;
    const found = right
      ? `${rows.toLocaleString('en-US')} rows, peak ${String(told.peak)} MB, ${seconds.toFixed(1)} s`
      : `FAILED: ${String(signal ?? code)} ${stderr}`;
    console.log(`${tls ? 'TLS  ' : 'plain'} ${reading.padEnd(10)} ${found}`);
  }
}
