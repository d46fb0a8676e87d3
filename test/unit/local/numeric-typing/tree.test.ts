import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  isNode,
  numberOf,
  parseTree,
  wordOf,
  type TreeNode,
  type TreeValue,
} from '../../../../src/local/numeric-typing/tree.js';

/** As PostgreSQL writes a word (nodes/outfuncs.c, outToken). */
function written(word: string): string {
  if (word === '') return '""';
  const escaped = word.replace(/[ \n\t(){}\\]/g, '\\$&');
  return /^[<"\d+\-.]/.test(word) ? `\\${escaped}` : escaped;
}

/** As it prints any value. */
function print(value: TreeValue): string {
  if (value === null) return '<>';
  if (typeof value === 'string') return written(value);
  if (isNode(value)) {
    const fields = [...value.fields].map(([label, field]) => ` :${label} ${print(field)}`);
    return `{${value.name}${fields.join('')}}`;
  }
  if ('bytes' in value) {
    const bytes = [...value.bytes].map((byte) => String(byte > 127 ? byte - 256 : byte));
    return `${String(bytes.length)} [ ${bytes.join(' ')} ]`;
  }
  return `(${value.map((item) => (typeof item === 'string' ? `"${written(item).replace(/^""$/, '')}"` : print(item))).join(' ')})`;
}

/** As it breaks lines at 78 bytes (nodes/print.c, format_node_dump). */
function wrapped(dump: string): string {
  const bytes = Buffer.from(dump);
  let text = '';
  let at = 0;
  while (bytes.length - at > 78) {
    let length = 78;
    let next = at + 78;
    if (bytes[next] === 0x20) next += 1;
    else {
      const back = bytes.subarray(at, at + 78).lastIndexOf(0x20);
      if (back > 0) {
        length = back;
        next = at + back + 1;
      }
    }
    text += `${bytes.subarray(at, at + length).toString()}\n`;
    at = next;
  }
  return `${text}${bytes.subarray(at).toString()}\n`;
}

// Printable ASCII: the server may cut another character in two where it breaks a line.
const word = fc.stringMatching(/^[ -~]{0,40}$/);
const label = fc.stringMatching(/^[a-z]{1,12}$/);
const datum = fc.uint8Array({ maxLength: 30 }).map((bytes) => ({ bytes }));
const { node } = fc.letrec<{ value: TreeValue; list: TreeValue; node: TreeNode }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constant(null),
    word,
    datum,
    tie('list'),
    tie('node'),
  ),
  list: fc.array(fc.oneof({ depthSize: 'small' }, fc.constant(null), word, tie('node')), { maxLength: 4 }),
  node: fc.record({
    name: fc.stringMatching(/^[A-Z]{1,12}$/),
    fields: fc.array(fc.tuple(label, tie('value')), { maxLength: 4 }).map((fields) => new Map(fields)),
  }),
}));

describe('parseTree', () => {
  it('reads what PostgreSQL prints', () => {
    fc.assert(
      fc.property(node, (tree) => {
        expect(parseTree(print(tree))).toEqual(tree);
      }),
    );
  });

  it('reads it with the line breaks that debug_print_parse makes', () => {
    fc.assert(
      fc.property(node, (tree) => {
        const dump = print(tree);
        // A word of exactly one line's length cannot be told from one that was cut there.
        fc.pre(!dump.split(' ').some((piece) => piece.length > 0 && piece.length % 78 === 0));
        const unescaped = (text: string): string => text.replaceAll('\n', ' ');
        expect(unescaped(print(parseTree(wrapped(dump))))).toEqual(unescaped(dump));
      }),
    );
  });

  it('reads lists of numbers without the letter that tells their kind', () => {
    expect(parseTree('{A :x (i 1 2) :y (o 1700) :z (b) :s ("i" "b") :q ((i 7) <>)}')).toEqual({
      name: 'A',
      fields: new Map<string, TreeValue>([
        ['x', ['1', '2']],
        ['y', ['1700']],
        ['z', []],
        ['s', ['i', 'b']],
        ['q', [['7'], null]],
      ]),
    });
  });

  it('takes the word after a label as its value, whatever it looks like', () => {
    const tree = parseTree('{A :resname :location :location 5 :other [ :n 7}');
    expect(
      isNode(tree) && [wordOf(tree, 'resname'), numberOf(tree, 'location'), wordOf(tree, 'other')],
    ).toEqual([':location', 5, '[']);
  });

  it('reads deep trees and long ones in linear time', () => {
    const deep = 200_000;
    const text = `${'{A :x '.repeat(deep)}1${'}'.repeat(deep)}`;
    expect(isNode(parseTree(text))).toBe(true);
    const wide = `(${'{A :x 1} '.repeat(deep)})`;
    expect(parseTree(wide)).toHaveLength(deep);
  });

  it.each(['', '   ', '{A', '{A :x (1}', ')', '{A} {B}', '{A :x 2 [ 1 x ]}', '{A :x 2 [ 1', '{A \\'])(
    'refuses %j',
    (text) => {
      expect(() => parseTree(text)).toThrow('parse tree is malformed');
    },
  );

  it('never hangs or fails with another error on any text', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[{}()\\ :"<>\[\]a-c0-9\n-]{0,60}$/), (text) => {
        try {
          parseTree(text);
        } catch (error) {
          expect(String(error)).toContain('parse tree is malformed');
        }
      }),
    );
  });
});
