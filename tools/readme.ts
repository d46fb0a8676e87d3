/**
 * Takes the code out of a Markdown page, so that tests can check and run what the page shows.
 * It changes nothing and runs nothing itself.
 */

export interface CodeBlock {
  readonly language: string;
  readonly text: string;
  /** Line of the opening fence, from 1. */
  readonly line: number;
  /** false where the page says `<!-- shown, not run -->` above it. */
  readonly runs: boolean;
  /** The heading above it, without its `#`s. */
  readonly heading: string;
  /** Under the page's heading `Logins`: it stands for itself. */
  readonly login: boolean;
  /** A package that has to be there for it, where the page says `<!-- needs PACKAGE -->` above it. */
  readonly needs: string | undefined;
}

const notRun = '<!-- shown, not run -->';
const needed = /^<!-- needs (\S+) -->$/;

export function codeBlocks(page: string): CodeBlock[] {
  const lines = page.split('\n');
  const blocks: CodeBlock[] = [];
  let heading = '';
  let chapter = '';
  for (let at = 0; at < lines.length; at += 1) {
    const [, level, title] = /^(#+) (.*)$/.exec(lines[at]!) ?? [];
    if (title !== undefined) heading = title;
    if (level === '##') chapter = heading;
    const language = /^```(\w+)$/.exec(lines[at]!)?.[1];
    if (language === undefined) continue;
    const end = lines.indexOf('```', at);
    // Formatters put an empty line between.
    const above = lines[at - 1] === '' ? lines[at - 2] : lines[at - 1];
    if (end < 0) throw new Error(`Line ${at + 1}: the code block has no end`);
    blocks.push({
      language,
      text: lines.slice(at + 1, end).join('\n'),
      line: at + 1,
      runs: above !== notRun,
      heading,
      login: chapter === 'Logins',
      needs: needed.exec(above ?? '')?.[1],
    });
    at = end;
  }
  return blocks;
}

/** The commands of a page's `sh` blocks, one by one. */
export function shellCommands(page: string): string[] {
  return codeBlocks(page)
    .filter(({ language }) => language === 'sh')
    .flatMap(({ text }) => text.split(/\n| && /))
    .map((command) => command.trim())
    .filter((command) => command !== '' && !command.startsWith('#'));
}

/**
 * A page's `ts` blocks as one program, in their order: blocks that are not run go into functions that nobody calls, so
 * that a compiler sees them. The package is imported from `from`; `head` declares what the page takes for granted, and
 * where there are logins a function `login(name, connect)` that uses what each of them makes.
 */
export function program(
  page: string,
  from: string,
  head: string,
  wanted: (block: CodeBlock) => boolean = () => true,
): string {
  const imports = new Set<string>([head]);
  const parts: string[] = [];
  for (const block of codeBlocks(page)) {
    if (block.language !== 'ts') continue;
    const body = block.text.replace(/^import .* from '(.*)';.*\n/gm, (statement: string, name: string) => {
      imports.add(
        statement.replace(`'${name}'`, () => `'${name === 'redshift-connector' ? from : name}'`).trim(),
      );
      return '';
    });
    // An import stands where a reader meets the name first, and holds for all that follows.
    if (wanted(block)) parts.push(`// line ${block.line}`, part(block, body));
  }
  return [...imports, ...parts, ''].join('\n');
}

function part({ line, runs, login, heading }: CodeBlock, body: string): string {
  if (!runs) return `export async function shown${line}() {\n${body}\n}`;
  if (!login) return body;
  return body.includes('const conn = await connect(')
    ? `await login(${JSON.stringify(heading)}, async () => {\n${body}\nreturn conn;\n});`
    : `{\n${body}\n}`;
}

/** What the page says its examples print: comments after `console.log(…);`, on its line or the next. */
export function promisedOutput(page: string): string[] {
  return codeBlocks(page)
    .filter(({ language, runs }) => language === 'ts' && runs)
    .flatMap(({ text }) => [...text.matchAll(/console\.log\(.*\);\s*\/\/ ([[{].*)$/gm)])
    .map((match) => match[1]!);
}
