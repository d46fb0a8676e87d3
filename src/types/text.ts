/** Types whose value is their text, and those that are only ever asked in text. Nothing here trims or changes a character. */
import { always, never, utf8, wrongLength, type Codec } from './codec.js';
import { textColumn } from './text-columns.js';

function text(name: string, oid: number, arrayOid?: number, aliases: readonly string[] = []): Codec {
  return {
    name,
    aliases,
    oid,
    ...(arrayOid === undefined ? {} : { arrayOid }),
    binaryWanted: always,
    text: () => utf8,
    binary: () => utf8,
    textColumn: () => textColumn,
    binaryColumn: () => textColumn,
  };
}

function textOnly(name: string, oid: number, arrayOid?: number): Codec {
  return { ...text(name, oid, arrayOid), binaryWanted: never };
}

export const texts: readonly Codec[] = [
  text('varchar', 1043, 1015, ['character varying']),
  // Blank-padded, and left so: no driver trims, and the blanks are the value that the server holds.
  text('char', 1042, 1014, ['character', 'bpchar']),
  text('text', 25, 1009),
  text('name', 19, 1003),
  text('"char"', 18, 1002),
  text('unknown', 705),
  // PostgreSQL has no binary form of it.
  { ...text('aclitem', 1033, 1034), binaryWanted: (_column, server) => server.dialect === 'redshift' },
  textOnly('tid', 27, 1010),
  textOnly('refcursor', 1790, 2201),
  textOnly('cstring', 2275),
  textOnly('void', 2278),
  textOnly('record', 2249, 2287),
  textOnly('regprocedure', 2202, 2207),
  textOnly('regoper', 2203, 2208),
  textOnly('regoperator', 2204, 2209),
  textOnly('regclass', 2205, 2210),
  textOnly('regtype', 2206, 2211),
  textOnly('point', 600),
  textOnly('lseg', 601),
  textOnly('path', 602),
  textOnly('box', 603),
  textOnly('polygon', 604),
  textOnly('line', 628),
  textOnly('circle', 718),
  textOnly('cidr', 650),
  textOnly('inet', 869),
  textOnly('macaddr', 829),
  textOnly('money', 790),
  textOnly('bit', 1560),
  textOnly('bit varying', 1562),
  textOnly('xml', 142),
  textOnly('uuid', 2950, 2951),
  textOnly('useritem', 4600, 4601),
  textOnly('roleitem', 4602, 4603),
  textOnly('cardinal_number', 17329),
  textOnly('character_data', 17331),
  textOnly('sql_identifier', 17332),
  textOnly('time_stamp', 17336),
];

/** A function's name; its binary form is only its OID, so it is asked in text. */
export const regproc: Codec = {
  name: 'regproc',
  oid: 24,
  arrayOid: 1008,
  binaryWanted: never,
  text: () => utf8,
  binary: () => (block, start, end) => {
    if (end - start !== 4) throw wrongLength(end - start, 'regproc');
    return String(block.view.getUint32(start));
  },
};

/** Any type that nobody listed: its text. Never asked in binary; what came so all the same is shown as hex. */
export function unknownType(oid: number): Codec {
  return {
    ...textOnly(`type ${String(oid)}`, oid),
    binary: () => (block, start, end) => block.bytes.toString('hex', start, end),
    binaryColumn: () => undefined,
  };
}
