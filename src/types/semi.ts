/** SUPER, JSON and HLLSKETCH. SUPER is text by default, since JSON.parse would round its large integers; a value on request. */
import { never, utf8, type CellReader, type Codec } from './codec.js';
import { parseJson } from './json.js';

/** `plain` is the JSON preset's: JSON.stringify takes no bigint, so a large integer stays the text of its digits. */
function json(choice: string | undefined): CellReader {
  switch (choice) {
    case 'json':
      return (block, start, end) => parseJson(utf8(block, start, end), BigInt);
    case 'plain':
      return (block, start, end) => parseJson(utf8(block, start, end), (digits) => digits);
    default:
      return utf8;
  }
}

export const superType: Codec = {
  name: 'super',
  oid: 4000,
  choices: ['json', 'string'],
  preset: 'plain',
  binaryWanted: never,
  text: ({ choice }) => json(choice),
  binary: ({ choice }) => json(choice),
};

/** Not a column type of Redshift; a cast to it says that the caller wants the value. */
export const jsonType: Codec = {
  name: 'json',
  oid: 114,
  arrayOid: 199,
  choices: ['string', 'json'],
  canonical: 'string',
  preset: 'plain',
  binaryWanted: never,
  text: ({ choice }) => json(choice ?? 'json'),
  binary: ({ choice }) => json(choice ?? 'json'),
};

/** A sketch's JSON or base64 text. */
export const hllsketch: Codec = {
  name: 'hllsketch',
  oid: 2935,
  binaryWanted: never,
  text: () => utf8,
  binary: () => utf8,
};
