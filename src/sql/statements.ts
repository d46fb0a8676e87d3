/**
 * What can be told of a statement without running it: its kind, where a script is cut into statements.
 * It knows keywords, not grammar; where the keywords do not decide, it says "maybe".
 */
import { type LexOptions, type Token, lex } from './lexer.js';

/** What a session has to know of a statement before it sends it. */
export interface StatementKind {
  /** The first word in capitals, behind comments, `(` and `;`; empty when there is none. */
  readonly keyword: string;
  /** `never` only for the statements that certainly send no rows; these can go out in one write. */
  readonly returnsRows: 'never' | 'maybe';
  /** What the statement does to the transaction; with any of these the driver sends no BEGIN of its own. */
  readonly transactionControl: 'begin' | 'commit' | 'rollback' | null;
  /** After it, no prepared statement of this connection is what it was. */
  readonly invalidatesStatements: boolean;
  /** Whether another statement may be sent before this one was answered. */
  readonly pipelinable: boolean;
}

const transactionControl: ReadonlyMap<string, 'begin' | 'commit' | 'rollback'> = new Map([
  ['BEGIN', 'begin'],
  ['START', 'begin'],
  ['COMMIT', 'commit'],
  ['END', 'commit'],
  ['ROLLBACK', 'rollback'],
  ['ABORT', 'rollback'],
]);

const sendsNoRows = new Set(
  'INSERT UPDATE DELETE MERGE CREATE ALTER DROP TRUNCATE COMMENT SET RESET GRANT REVOKE COPY UNLOAD VACUUM ANALYZE'.split(
    ' ',
  ),
);

const pipelined = new Set('SELECT VALUES TABLE WITH INSERT UPDATE DELETE MERGE SHOW EXPLAIN'.split(' '));

/** The kind of a statement. Of several in one text, the first. */
export function statementKind(sql: string, options: LexOptions): StatementKind {
  const words: string[] = [];
  let ended = false;
  for (const token of lex(sql, options)) {
    const piece = sql.slice(token.start, token.end);
    if (token.kind === 'identifier') words.push(piece.toUpperCase());
    // A quoted name is no keyword; it keeps its quotes here, which no keyword has.
    else if (token.kind === 'quoted-identifier' && words.length > 0) words.push(piece);
    else if (piece === ';' && words.length > 0) ended = true;
    if (words.length === 0 && isSignificant(token) && piece !== '(' && piece !== ';') break;
    if (ended) break;
  }
  const keyword = words[0] ?? '';
  const control = transactionControl.get(keyword) ?? null;
  return {
    keyword,
    returnsRows: returnsNoRows(keyword, words) ? 'never' : 'maybe',
    // ROLLBACK TO goes back inside the transaction, it does not end it.
    transactionControl: control === 'rollback' && words.includes('TO') ? null : control,
    invalidatesStatements: invalidates(keyword, words),
    // SELECT … INTO makes a table.
    pipelinable: pipelined.has(keyword) && (sendsNoRows.has(keyword) || !words.includes('INTO')),
  };
}

function returnsNoRows(keyword: string, words: readonly string[]): boolean {
  if (transactionControl.has(keyword)) return true;
  if (!sendsNoRows.has(keyword) || words.includes('RETURNING')) return false;
  // ANALYZE COMPRESSION answers with the encodings it recommends (AWS manual, ANALYZE COMPRESSION).
  return !(keyword === 'ANALYZE' && words[1] === 'COMPRESSION');
}

function invalidates(keyword: string, words: readonly string[]): boolean {
  switch (keyword) {
    case 'DISCARD':
    case 'DEALLOCATE':
      return words.at(-1) === 'ALL';
    case 'USE':
      return true;
    case 'SET':
    case 'RESET': {
      const at = words[1] === 'SESSION' || words[1] === 'LOCAL' ? 2 : 1;
      const name = words[at] ?? '';
      return (
        name === 'SEARCH_PATH' ||
        name.toLowerCase() === '"search_path"' ||
        (keyword === 'RESET' && name === 'ALL')
      );
    }
    default:
      return false;
  }
}

/** Where a statement stands in a script: offsets in UTF-16 code units, the end excluded. */
export interface StatementRange {
  readonly start: number;
  readonly end: number;
}

/**
 * The statements of a script, cut at each `;` that stands outside quotes, comments and parentheses, without it and
 * without the blank space around them. What holds nothing but blank space and comments is left out.
 */
export function splitStatements(sql: string, options: LexOptions): string[] {
  return statementRanges(sql, options).map(({ start, end }) => sql.slice(start, end));
}

/** Where the statements of `splitStatements` stand. */
export function statementRanges(sql: string, options: LexOptions): StatementRange[] {
  const ranges: StatementRange[] = [];
  let start = 0;
  let depth = 0;
  let significant = false;
  const cut = (end: number): void => {
    if (significant) ranges.push(trim(sql, start, end));
    significant = false;
    depth = 0;
  };
  for (const token of lex(sql, options)) {
    const piece = token.end === token.start + 1 ? sql[token.start] : '';
    if (piece === ';' && depth === 0) {
      cut(token.start);
      start = token.end;
      continue;
    }
    if (token.kind === 'punctuation' && piece === '(') depth++;
    else if (token.kind === 'punctuation' && piece === ')' && depth > 0) depth--;
    significant ||= isSignificant(token);
  }
  cut(sql.length);
  return ranges;
}

/** Without the blank space that the lexer knows; other characters that JavaScript would trim belong to names. */
function trim(text: string, start: number, end: number): StatementRange {
  while (start < end && ' \t\n\r\f\v'.includes(text[start]!)) start++;
  while (end > start && ' \t\n\r\f\v'.includes(text[end - 1]!)) end--;
  return { start, end };
}

/** Whether a token means something to the server. */
export function isSignificant(token: Token): boolean {
  return token.kind !== 'space' && token.kind !== 'comment';
}
