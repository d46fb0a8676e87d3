/** The tutorials are true: each runs from top to bottom, and each of its examples prints what the page says. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { providers } from '../../src/config/providers.js';
import { runTutorial, steps } from '../../tools/tutorial.js';

const folder = join(import.meta.dirname, '../../tutorials');
const pages = readdirSync(folder).filter((name) => name.endsWith('.md'));

it('there are tutorials', () => {
  expect(pages).toEqual(
    expect.arrayContaining([
      '001 - Connecting to Amazon Redshift.md',
      '002 - Data frames.md',
      '003 - Feature support.md',
      '004 - Datatypes.md',
    ]),
  );
});

describe.each(pages)('%s', (name) => {
  const page = readFileSync(join(folder, name), 'utf8');
  it('prints what it says', { timeout: 120_000 }, async () => {
    const outputs = await runTutorial(page);
    const shown = steps(page).map(({ code, output }) => ({ line: code.line, prints: output?.text ?? '' }));
    const printed = steps(page).map(({ code }, at) => ({
      line: code.line,
      prints: outputs[at]?.trimEnd() ?? '',
    }));
    expect(printed).toEqual(shown);
  });
});

describe('001 tells what a credentials provider needs, and what else it takes', () => {
  const page = readFileSync(
    join(
      folder,
      pages.find((name) => name.startsWith('001'))!,
    ),
    'utf8',
  );
  it.each(Object.entries(providers))('%s', (name, { required, optional }) => {
    const [, needed = '', also = ''] =
      new RegExp(`^### ${name}\\n\\nNeeded: (.*?)\\. Also: (.*)\\.$`, 'm').exec(page) ?? [];
    const named = (text: string): string[] => [...text.matchAll(/`(\w+)`/g)].map(([, option]) => option!);
    expect(named(needed).sort()).toEqual([...required].sort());
    expect(named(also).sort()).toEqual([...optional].sort());
  });
});
