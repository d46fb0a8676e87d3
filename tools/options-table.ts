/**
 * Writes the README's table of options from the table in src/config/options.ts, between two marker lines.
 * Run: npx tsx tools/options-table.ts [--check] [file]; with --check it changes nothing and fails when the file is out of date.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { OptionRow, OptionType } from '../src/config/option-types.js';
import { environmentName, options } from '../src/config/options.js';

const begin = '<!-- options:begin -->';
const end = '<!-- options:end -->';

function typeName(type: OptionType): string {
  switch (type.is) {
    case 'string':
      return 'text';
    case 'secret':
      return type.source ? 'secret text, or a function that gives it' : 'secret text';
    case 'boolean':
      return 'true or false';
    case 'integer':
      return type.max === Number.MAX_SAFE_INTEGER ? 'whole number' : `${type.min} to ${type.max}`;
    case 'seconds':
      return 'seconds';
    case 'bytes':
      return 'bytes';
    case 'enum':
      return type.values
        .filter((value) => value !== '')
        .map((value) => `\`${value}\``)
        .join(', ');
    case 'list':
      return 'list';
    case 'file':
      return 'path or PEM';
    case 'function':
      return 'function';
    case 'provider':
      return 'name, function or object';
    case 'object':
      return 'object';
    case 'logger':
      return 'logger';
    case 'types':
      return 'object or preset';
  }
}

/** The table as Markdown; options whose feature is yet to be built are in one line below it. */
export function optionsTable(rows: readonly OptionRow[] = options): string {
  const lines = ['| Option | Type | Default | Meaning |', '| --- | --- | --- | --- |'];
  for (const row of rows) {
    if (row.later !== undefined) continue;
    const fallback = row.defaultNote ?? (row.default === undefined ? '' : `\`${row.default}\``);
    const cells = [`\`${row.name}\``, typeName(row.type), fallback, row.doc];
    lines.push(`| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`);
  }
  const later = rows.filter((row) => row.later !== undefined).map((row) => `\`${row.name}\``);
  if (later.length > 0) {
    lines.push('', `Known, checked, and refused until they are built: ${later.join(', ')}.`);
  }
  const example = rows[1]?.name ?? 'host';
  lines.push(
    '',
    `Every option also comes from the environment: \`${example}\` from \`${environmentName(example)}\`.`,
  );
  return lines.join('\n');
}

/** The text with the table between its markers; an error when it has none. */
export function withTable(text: string, table: string): string {
  const from = text.indexOf(begin);
  const to = text.indexOf(end, from + begin.length);
  if (from < 0 || to < 0) throw new Error(`The file needs the lines ${begin} and ${end}, in this order`);
  return `${text.slice(0, from + begin.length)}\n\n${table}\n\n${text.slice(to)}`;
}

function main(args: readonly string[]): number {
  const check = args.includes('--check');
  const file =
    args.find((arg) => !arg.startsWith('--')) ?? fileURLToPath(new URL('../README.md', import.meta.url));
  const before = readFileSync(file, 'utf8');
  const after = withTable(before, optionsTable());
  if (after === before) return 0;
  if (check) {
    console.error(`${file}: the table of options is out of date; run npx tsx tools/options-table.ts`);
    return 1;
  }
  writeFileSync(file, after);
  return 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    process.exitCode = main(process.argv.slice(2));
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
