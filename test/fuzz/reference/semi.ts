/** Texts, bytes, the spatial types and JSON, told a second time: digits, quotes and braces one after the other. */
import type { Random } from '../random.js';
import { latin1, Scanner, utf8 } from './characters.js';
import { nearest, readDecimal } from './decimals.js';
import { custom, type Reading, type Reference } from './reading.js';

export const odd = [
  'a',
  'B',
  ' ',
  '\0',
  '\n',
  '\r',
  '\t',
  "'",
  '"',
  '\\',
  '{',
  '}',
  ',',
  '%',
  '$',
  '\u00e9',
  '\u4e2d',
  '\u{1f600}',
  '\ufeff',
  '\ufffd',
  '__proto__',
  'NULL',
  '\u2028',
  '\u0000x',
];

function text(name: string, oid: number): Reference {
  return {
    name,
    oid,
    choices: [undefined, 'preset', 'text'],
    pieces: odd,
    random: (random) => (random.oneIn(4) ? random.bytes(random.below(12)) : Buffer.from(random.text(odd))),
    read: ({ bytes, choice }) => ({ is: choice === 'text' ? custom(utf8(bytes)) : utf8(bytes) }),
  };
}

// Bytes

const hexDigits = '0123456789abcdef';
const hexOf = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => hexDigits.charAt(byte >> 4) + hexDigits.charAt(byte & 15)).join('');

/** Two digits a byte, of either case. */
function readHex(digits: string): number[] | undefined {
  if (digits.length % 2 !== 0) return undefined;
  const bytes: number[] = [];
  for (let at = 0; at < digits.length; at += 2) {
    const high = hexDigits.indexOf(digits.charAt(at).toLowerCase());
    const low = hexDigits.indexOf(digits.charAt(at + 1).toLowerCase());
    if (high < 0 || low < 0) return undefined;
    bytes.push(high * 16 + low);
  }
  return bytes;
}

/** bytea's older form. */
function readEscaped(text: string): number[] | undefined {
  const bytes: number[] = [];
  for (let at = 0; at < text.length;) {
    if (text[at] !== '\\') bytes.push(text.charCodeAt(at++));
    else if (text[at + 1] === '\\') {
      bytes.push(0x5c);
      at += 2;
    } else {
      const octal = Array.from(text.slice(at + 1, at + 4));
      if (octal.length !== 3 || !octal.every((digit) => digit >= '0' && digit <= '7')) return undefined;
      const value = octal.reduce((sum, digit) => sum * 8 + Number(digit), 0);
      if (value > 255) return undefined;
      bytes.push(value);
      at += 4;
    }
  }
  return bytes;
}

function binary(name: string, oid: number, spatial: boolean): Reference {
  return {
    name,
    oid,
    choices: spatial ? [undefined, 'buffer', 'preset', 'text'] : [undefined, 'hex', 'preset', 'text'],
    pieces: ['0', '9', 'a', 'F', 'g', '\\', '\\x', '\\\\', '\\000', '\\377', '\\400', ' ', '\u00e9', 'ff'],
    random: (random, { format }) => {
      const bytes = random.bytes(random.below(20));
      if (format === 1) return bytes;
      const hex = random.oneIn(2) ? hexOf(bytes) : hexOf(bytes).toUpperCase();
      if (oid !== 17) return Buffer.from(hex);
      if (random.oneIn(2)) return Buffer.from(`\\x${hex}`);
      return Buffer.from(
        Array.from(bytes, (byte) =>
          byte === 0x5c
            ? '\\\\'
            : byte < 32 || byte > 126
              ? `\\${byte.toString(8).padStart(3, '0')}`
              : String.fromCharCode(byte),
        ).join(''),
        'latin1',
      );
    },
    read: ({ format, bytes, choice }) => {
      let found: number[] | undefined = Array.from(bytes);
      if (format === 0) {
        const written = latin1(bytes);
        found =
          oid !== 17
            ? readHex(written)
            : written.startsWith('\\x')
              ? readHex(written.slice(2))
              : readEscaped(written);
      }
      if (found === undefined) return undefined;
      const buffer = Buffer.from(found);
      if (spatial && choice === 'buffer') return { is: buffer };
      if (spatial)
        return { is: choice === 'text' ? custom(hexOf(buffer).toUpperCase()) : hexOf(buffer).toUpperCase() };
      if (choice === 'text') return { is: custom(hexOf(buffer)) };
      return { is: choice === undefined ? buffer : hexOf(buffer) };
    },
  };
}

// JSON

/** RFC 8259, recursively; an integer beyond 2^53 is what `large` makes of its digits. */
function readJson(text: string, large: (digits: string) => unknown): Reading {
  const scan = new Scanner(text);
  const found = value(0);
  blanks();
  return found !== undefined && scan.done() ? found : undefined;

  function blanks(): void {
    while (scan.next !== '' && ' \t\n\r'.includes(scan.next)) scan.at++;
  }

  function value(depth: number): Reading {
    blanks();
    if (scan.take('true')) return { is: true };
    if (scan.take('false')) return { is: false };
    if (scan.take('null')) return { is: null };
    if (scan.next === '"') return string();
    if (scan.take('[')) return list(depth);
    if (scan.take('{')) return members(depth);
    return number();
  }

  function list(depth: number): Reading {
    const items: unknown[] = [];
    blanks();
    if (scan.take(']')) return { is: items };
    for (;;) {
      const item = value(depth + 1);
      if (item === undefined) return undefined;
      items.push(item.is);
      blanks();
      if (scan.take(']')) return { is: items };
      if (!scan.take(',')) return undefined;
    }
  }

  function members(depth: number): Reading {
    const found = new Map<string, unknown>();
    blanks();
    // fromEntries defines: a member called __proto__ is data.
    if (scan.take('}')) return { is: {} };
    for (;;) {
      blanks();
      const name = string();
      blanks();
      if (name === undefined || !scan.take(':')) return undefined;
      const item = value(depth + 1);
      if (item === undefined) return undefined;
      found.set(name.is, item.is);
      blanks();
      if (scan.take('}')) return { is: Object.fromEntries(found) };
      if (!scan.take(',')) return undefined;
    }
  }

  function string(): { readonly is: string } | undefined {
    if (!scan.take('"')) return undefined;
    let out = '';
    for (;;) {
      const character = scan.next;
      scan.at++;
      if (character === '' || character < ' ') return undefined;
      if (character === '"') return { is: out };
      if (character !== '\\') {
        out += character;
        continue;
      }
      const escape = scan.next;
      scan.at++;
      const plain = escape === '' ? -1 : '"\\/bfnrt'.indexOf(escape);
      if (plain >= 0) out += '"\\/\b\f\n\r\t'.charAt(plain);
      else if (escape === 'u') {
        const code = readHex(scan.text.slice(scan.at, scan.at + 4));
        if (code?.length !== 2) return undefined;
        out += String.fromCharCode(code[0]! * 256 + code[1]!);
        scan.at += 4;
      } else return undefined;
    }
  }

  function number(): Reading {
    const start = scan.at;
    scan.take('-');
    const whole = scan.digits(1, Infinity);
    if (whole === undefined || (whole.length > 1 && whole.startsWith('0'))) return undefined;
    const fraction = scan.take('.');
    if (fraction && scan.digits(1, Infinity) === undefined) return undefined;
    const exponent = scan.take('e') || scan.take('E');
    if (exponent) {
      scan.sign();
      if (scan.digits(1, Infinity) === undefined) return undefined;
    }
    const written = scan.text.slice(start, scan.at);
    const limit = 2n ** 53n;
    if (!fraction && !exponent && (BigInt(written) >= limit || BigInt(written) <= -limit))
      return { is: large(written) };
    const decimal = readDecimal(written)!;
    return { is: nearest(decimal, 'double') ?? (decimal.negative ? -Infinity : Infinity) };
  }
}

function randomJson(random: Random, depth: number): string {
  const gap = random.pick(['', '', '', ' ', '\n\t']);
  const more = depth > 4 ? 0 : random.below(8);
  if (more === 1)
    return `[${gap}${random.list(random.few(4), () => randomJson(random, depth + 1)).join(`${gap},`)}]`;
  if (more === 2) {
    const member = (): string =>
      `${JSON.stringify(random.pick(['a', 'b', '__proto__', 'then', '', ...odd]))}${gap}:${randomJson(random, depth + 1)}`;
    return `{${random.list(random.few(4), member).join(`,${gap}`)}${gap}}`;
  }
  switch (random.below(5)) {
    case 0:
      return JSON.stringify(random.text(odd));
    case 1:
      return random.integer(random.pick([8, 54, 64, 128])).toString();
    case 2:
      return random.pick([
        'true',
        'false',
        'null',
        '-0',
        '1e400',
        '-1E-400',
        '1.50',
        '"\\u00e9\\ud83d\\ude00\\/"',
        '9007199254740993.0',
        '12345678901234567e0',
      ]);
    case 3:
      return `${random.integer(32).toString()}.${String(random.below(1000))}e${String(random.between(-30, 30))}`;
    default:
      return JSON.stringify(random.pick(odd));
  }
}

function json(name: string, oid: number): Reference {
  return {
    name,
    oid,
    choices: [undefined, 'json', 'string', 'preset', 'text'],
    pieces: [
      '[',
      ']',
      '{',
      '}',
      ',',
      ':',
      '"',
      '\\',
      '\\u',
      'e',
      '.',
      '-',
      '0',
      '12345678901234567890',
      'null',
      'tru',
      '1234567890123456',
      ' ',
      '\u00a0',
      '\ufeff',
      '\u0001',
      '\v',
    ],
    random: (random) => Buffer.from(randomJson(random, 0)),
    read: ({ bytes, choice }): Reading => {
      const written = utf8(bytes);
      const plain = oid === 4000 ? choice === undefined : false;
      if (choice === 'text') return { is: custom(written) };
      if (plain || choice === 'string') return { is: written };
      return readJson(written, choice === 'preset' ? (digits) => digits : BigInt);
    },
  };
}

export const semiReferences: readonly Reference[] = [
  text('varchar', 1043),
  text('char', 1042),
  text('name', 19),
  text('hllsketch', 2935),
  binary('varbyte', 6551, false),
  binary('bytea', 17, false),
  binary('geometry', 3000, true),
  binary('geometryhex', 3999, true),
  binary('geography', 3001, true),
  json('super', 4000),
  json('json', 114),
];
