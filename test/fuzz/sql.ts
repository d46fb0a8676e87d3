/**
 * Target `sql`: the lexer against PostgreSQL's own scanner and a slow one of ours, placeholders of the five styles, scripts,
 * kinds of statements, and quoting: whatever the user's value is, the tokens around it stay the same.
 */
import { loadModule } from 'libpg-query';
import { lex } from '../../src/sql/lexer.js';
import { Finding, hold, type Target } from './engine.js';
import { scannedByPostgresql } from './postgresql-scanner.js';
import type { Random } from './random.js';
import { tokensOf } from './reference/sql.js';
import { smallerText } from './shrink.js';
import { checkQuoting, generateQuoting, type QuotingInput } from './sql-quoting.js';
import {
  checkPlaceholders,
  generatePlaceholders,
  smallerPlaceholders,
  type PlaceholderInput,
} from './sql-placeholders.js';
import { checkScript, generateScript, type ScriptInput } from './sql-statements.js';
import { broken, spaces } from './sql-text.js';
import { mangleBytes } from './mangle.js';

interface LexerInput {
  readonly of: 'lexer';
  readonly sql: string;
}

export type SqlInput = LexerInput | PlaceholderInput | QuotingInput | ScriptInput;

function generateLexer(random: Random): LexerInput {
  const gap = random.oneIn(3) ? '' : random.pick(spaces);
  const sql = random.list(1 + random.few(10), () => random.pick(broken)).join(gap);
  if (random.oneIn(3))
    return { of: 'lexer', sql: mangleBytes(random, Buffer.from(sql), broken).toString('utf8') };
  return { of: 'lexer', sql };
}

function checkLexer({ sql }: LexerInput): void {
  for (const backslashEscapes of [true, false]) {
    const tokens = lex(sql, { backslashEscapes });
    let at = 0;
    for (const { start, end } of tokens) {
      hold(start === at && end > start, () => `The lexer leaves a gap at ${String(at)}`);
      at = end;
    }
    hold(at === sql.length, () => 'The lexer stops before the end');
    const ours = tokens
      .filter(({ kind }) => kind !== 'space')
      .flatMap(({ kind, start, end, unterminated }) =>
        kind === 'operator' || kind === 'punctuation' || kind === 'other'
          ? signs(start, end)
          : [told(kind, start, end, unterminated === true)],
      );
    const slow = tokensOf(sql, backslashEscapes).flatMap(({ kind, start, end, open }) =>
      kind === 'sign' ? signs(start, end) : [told(kind, start, end, open)],
    );
    differ(`With backslashes ${String(backslashEscapes)} the slow scanner`, slow, ours);
  }
  const theirs = scannedByPostgresql(sql);
  if (theirs === undefined) return;
  const tokens = lex(sql, { backslashEscapes: false });
  if (theirs === 'open') {
    hold(
      tokens.some(({ unterminated }) => unterminated === true),
      () => 'PostgreSQL finds something not closed',
    );
    return;
  }
  const covered = theirs.compare(sql, tokens);
  differ("PostgreSQL's scanner", covered.theirs, covered.ours);
}

/** Whether signs make one operator is the other scanner's to tell; here each stands for itself. */
const signs = (start: number, end: number): string[] =>
  Array.from({ length: end - start }, (_, index) => `sign ${String(start + index)}`);
const told = (kind: string, start: number, end: number, open: boolean): string =>
  `${kind} ${String(start)}-${String(end)}${open ? ' open' : ''}`;

function differ(who: string, expected: readonly string[], actual: readonly string[]): void {
  const at = expected.findIndex((each, index) => each !== actual[index]);
  if (at < 0 && expected.length === actual.length) return;
  const place = at < 0 ? expected.length : at;
  throw new Finding(
    `${who} has ${expected[place] ?? 'nothing'}, the lexer ${actual[place] ?? 'nothing'}`,
    who,
  );
}

export const sql: Target<SqlInput> = {
  name: 'sql',
  about: "lexer, placeholders, scripts and quoting, against PostgreSQL's scanner and a slow one",
  needs: 'nothing',
  async open() {
    await loadModule();
    return {
      generate(random) {
        switch (random.below(8)) {
          case 0:
          case 1:
            return generateQuoting(random);
          case 2:
          case 3:
            return generatePlaceholders(random);
          case 4:
            return generateScript(random);
          default:
            return generateLexer(random);
        }
      },
      check(input) {
        switch (input.of) {
          case 'lexer': {
            checkLexer(input);
            return;
          }
          case 'placeholders': {
            checkPlaceholders(input);
            return;
          }
          case 'quoting': {
            checkQuoting(input);
            return;
          }
          case 'script': {
            checkScript(input);
            return;
          }
        }
      },
      *smaller(input) {
        if (input.of === 'lexer') for (const text of smallerText(input.sql)) yield { ...input, sql: text };
        else if (input.of === 'placeholders') yield* smallerPlaceholders(input);
        else if (input.of === 'quoting')
          for (const value of smallerText(input.value)) yield { ...input, value };
      },
    };
  },
};
