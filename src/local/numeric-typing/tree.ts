/**
 * Reads the text in which PostgreSQL prints its trees (`debug_print_parse`, pg_rewrite.ev_action) into plain values.
 * It knows the notation only, never what a node means; one pass, no recursion, whatever the depth.
 */
import { DataError } from '../../errors.js';

/** `{NAME :field value …}` */
export interface TreeNode {
  readonly name: string;
  readonly fields: ReadonlyMap<string, TreeValue>;
}

/** A constant's bytes, `10 [ 40 0 -128 … ]`. */
export interface Datum {
  readonly bytes: Uint8Array;
}

/** null is `<>`; a word is any other token, without its quotes and backslashes. */
export type TreeValue = string | null | TreeNode | Datum | readonly TreeValue[];

/** The lines that format_node_dump() makes are at most so many bytes. */
const lineLength = 78;

/**
 * The server breaks the text at spaces, and in the middle of a word only where a whole line has none
 * (PostgreSQL, nodes/print.c); this puts words together again.
 */
function joined(text: string): string {
  if (!text.includes('\n')) return text;
  const parts: string[] = [];
  for (const line of text.split('\n')) {
    parts.push(line);
    const broken = line.indexOf(' ', 1) < 0 && Buffer.byteLength(line) >= lineLength;
    if (!broken) parts.push(' ');
  }
  return parts.join('');
}

const space = 0x20;
const newline = 0x0a;
const tab = 0x09;
const backslash = 0x5c;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const openParenthesis = 0x28;
const closeParenthesis = 0x29;

const isSpace = (code: number): boolean => code === space || code === newline || code === tab;
const endsWord = (code: number): boolean =>
  isSpace(code) ||
  code === openBrace ||
  code === closeBrace ||
  code === openParenthesis ||
  code === closeParenthesis;

/** Backslashes protect single characters; a list writes its strings in double quotes. */
function plain(word: string): string {
  const quoted = word.length > 1 && word.startsWith('"') && word.endsWith('"');
  const inner = quoted ? word.slice(1, -1) : word;
  return inner.includes('\\') ? inner.replace(/\\([^])/g, '$1') : inner;
}

interface OpenNode {
  readonly name: string;
  readonly fields: Map<string, TreeValue>;
  label: string | undefined;
}
type Open = OpenNode | TreeValue[];

const malformed = (what: string, at: number): DataError =>
  new DataError(`The engine's parse tree is malformed: ${what} at character ${String(at)}`);

/** First words that tell what a list of numbers holds: integers, OIDs, transaction ids, a set. */
const listMarks = new Set(['i', 'o', 'x', 'b']);

/**
 * @throws DataError when braces or parentheses do not match, or there is nothing
 *
 * @example
 * parseTree('({VAR :vartype 1700 :alias <>})') // [{ name: 'VAR', fields: Map { 'vartype' => '1700', 'alias' => null } }]
 */
export function parseTree(source: string): TreeValue {
  const text = joined(source);
  const stack: Open[] = [];
  let result: TreeValue | undefined;
  let at = 0;

  const readWord = (): string => {
    const start = at;
    while (at < text.length) {
      const code = text.charCodeAt(at);
      if (code === backslash) at += 2;
      else if (endsWord(code)) break;
      else at += 1;
    }
    at = Math.min(at, text.length);
    return text.slice(start, at);
  };

  const give = (value: TreeValue): void => {
    const open = stack.at(-1);
    if (open === undefined) {
      if (result !== undefined) throw malformed('a second value', at);
      result = value;
    } else if (Array.isArray(open)) {
      open.push(value);
    } else if (open.label !== undefined) {
      open.fields.set(open.label, value);
      open.label = undefined;
    }
    // What follows a field's value without a label is a piece that nobody asked for.
  };

  const skipSpace = (): void => {
    while (at < text.length && isSpace(text.charCodeAt(at))) at += 1;
  };

  /** After a length: the bytes, which the server prints as signed numbers. */
  const readBytes = (): Datum => {
    const bytes: number[] = [];
    at += 1;
    for (;;) {
      skipSpace();
      const word = readWord();
      if (word === ']') return { bytes: Uint8Array.from(bytes) };
      if (!/^-?\d+$/.test(word)) throw malformed('a byte expected', at);
      bytes.push(Number(word) & 0xff);
    }
  };

  const giveWord = (word: string): void => {
    const open = stack.at(-1);
    if (open === undefined || Array.isArray(open)) {
      // The first word of a list of numbers is its kind; strings of a list are quoted, so that they differ.
      if (open?.length === 0 && listMarks.has(word)) return;
      give(word === '<>' ? null : plain(word));
      return;
    }
    if (open.label === undefined) {
      if (word.startsWith(':')) open.label = word.slice(1);
      return;
    }
    if (/^\d+$/.test(word)) {
      const end = at;
      skipSpace();
      if (text.startsWith('[ ', at)) {
        give(readBytes());
        return;
      }
      at = end;
    }
    give(word === '<>' ? null : plain(word));
  };

  for (;;) {
    skipSpace();
    if (at >= text.length) break;
    const code = text.charCodeAt(at);
    switch (code) {
      case openBrace: {
        at += 1;
        stack.push({ name: readWord(), fields: new Map(), label: undefined });
        break;
      }
      case openParenthesis:
        at += 1;
        stack.push([]);
        break;
      case closeBrace:
      case closeParenthesis: {
        const open = stack.pop();
        if (open === undefined || Array.isArray(open) !== (code === closeParenthesis)) {
          throw malformed('a bracket without its other half', at);
        }
        at += 1;
        give(Array.isArray(open) ? open : { name: open.name, fields: open.fields });
        break;
      }
      default:
        giveWord(readWord());
    }
  }
  if (stack.length > 0) throw malformed('the end comes too early', at);
  if (result === undefined) throw malformed('nothing', 0);
  return result;
}

// Reading a tree: each gives a harmless value where the field is missing or another kind of thing

export const isNode = (value: TreeValue | undefined): value is TreeNode =>
  typeof value === 'object' && value !== null && 'fields' in value;

export const isList = (value: TreeValue | undefined): value is readonly TreeValue[] => Array.isArray(value);

export function nodeOf(node: TreeNode, field: string): TreeNode | undefined {
  const value = node.fields.get(field);
  return isNode(value) ? value : undefined;
}

export function listOf(node: TreeNode, field: string): readonly TreeValue[] {
  const value = node.fields.get(field);
  return isList(value) ? value : [];
}

/** The nodes of a list of nodes. */
export const nodesOf = (node: TreeNode, field: string): readonly TreeNode[] =>
  listOf(node, field).filter(isNode);

export function wordOf(node: TreeNode, field: string): string | undefined {
  const value = node.fields.get(field);
  return typeof value === 'string' ? value : undefined;
}

/** A number; -1, PostgreSQL's own "none", where there is none. */
export function numberOf(node: TreeNode, field: string): number {
  const value = Number(wordOf(node, field) ?? -1);
  return Number.isFinite(value) ? value : -1;
}
