/** When and on what something was measured. */
import { readFileSync } from 'node:fs';
import { cpus, type, release, totalmem } from 'node:os';

const packages = ['pg', 'pg-cursor', 'pg-query-stream', 'postgres'];

/** Line by line, for the head of a report. */
export function machine(): string {
  const [cpu] = cpus();
  return [
    `Measured on ${new Date().toISOString().slice(0, 10)}, Node ${process.versions.node} (V8 ${process.versions.v8.replace(/-.*/, '')}), ${type()} ${release().replace(/-.*/, '')}`,
    `${String(cpus().length)} × ${cpu?.model.trim() ?? 'an unknown CPU'}, ${(totalmem() / 2 ** 30).toFixed(0)} GiB`,
    `redshift-connector ${version('.')}, ${packages.map((name) => `${name} ${version(`node_modules/${name}`)}`).join(', ')}`,
  ].join('; ');
}

function version(folder: string): string {
  return (JSON.parse(readFileSync(`${folder}/package.json`, 'utf8')) as { version: string }).version;
}
