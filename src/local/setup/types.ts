/**
 * Redshift's own types with the OIDs that Redshift gives them, so that no layer has to translate one. They are made of
 * PostgreSQL's own code for the same bytes; what they can be cast to and compared with stands in the other files here.
 */
import type { SetupStep } from './step.js';

interface BaseType {
  readonly name: string;
  readonly oid: number;
  /** Redshift has no arrays of them (SUPER apart); PostgreSQL makes one with every type. */
  readonly arrayOid: number;
  /** Functions inside the server that read and write the text form and the binary form. */
  readonly text: readonly [input: string, output: string];
  readonly binary: readonly [receive: string, send: string];
  readonly like: 'text' | 'interval' | 'timestamptz';
  /** `input` takes the type modifier. */
  readonly inputModifier?: boolean;
  readonly modifier?: readonly [input: string, output: string];
}

const text = { text: ['textin', 'textout'], binary: ['textrecv', 'textsend'], like: 'text' } as const;
const interval = {
  text: ['interval_in', 'interval_out'],
  binary: ['interval_recv', 'interval_send'],
  like: 'interval',
  inputModifier: true,
} as const;

/** OIDs as in the drivers of AWS (amazon-redshift-python-driver, `utils/oids.py`); the arrays' are free ones. */
const baseTypes: readonly BaseType[] = [
  { name: 'super', oid: 4000, arrayOid: 4001, ...text },
  // A literal gives the bytes of its text; what goes out are hex digits (AWS manual, VARBYTE data type).
  {
    name: 'varbyte',
    oid: 6551,
    arrayOid: 6552,
    text: ['textin', 'byteaout'],
    binary: ['bytearecv', 'byteasend'],
    like: 'text',
    modifier: ['varchartypmodin', 'varchartypmodout'],
  },
  { name: 'geometry', oid: 3000, arrayOid: 3002, ...text },
  { name: 'geometryhex', oid: 3999, arrayOid: 3998, ...text },
  { name: 'geography', oid: 3001, arrayOid: 3003, ...text },
  { name: 'hllsketch', oid: 2935, arrayOid: 2936, ...text },
  // PostgreSQL has dropped it; system views and clients' tests of the types have it still.
  {
    name: 'abstime',
    oid: 702,
    arrayOid: 1023,
    text: ['timestamptz_in', 'timestamptz_out'],
    binary: ['timestamptz_recv', 'timestamptz_send'],
    like: 'timestamptz',
    inputModifier: true,
  },
  { name: 'intervaly2m', oid: 1188, arrayOid: 1189, ...interval },
  {
    name: 'intervald2s',
    oid: 1190,
    arrayOid: 1191,
    ...interval,
    inputModifier: false,
    modifier: ['timestamptypmodin', 'timestamptypmodout'],
  },
];

/** Binary-upgrade mode takes the next type's OID from these calls. */
function createType(type: BaseType): string {
  const { name, oid, arrayOid, like, modifier } = type;
  const inputArguments = type.inputModifier === true ? 'cstring, oid, integer' : 'cstring';
  const receiveArguments = type.inputModifier === true ? 'internal, oid, integer' : 'internal';
  const make = (what: string, args: string, result: string, inside: string): string =>
    `create function pg_catalog.rs_${name}_${what}(${args}) returns ${result} language internal immutable strict parallel safe as '${inside}';`;
  return `
select pg_catalog.binary_upgrade_set_next_pg_type_oid(${oid}::pg_catalog.oid);
create type pg_catalog.${name};
${make('in', inputArguments, `pg_catalog.${name}`, type.text[0])}
${make('out', `pg_catalog.${name}`, 'cstring', type.text[1])}
${make('recv', receiveArguments, `pg_catalog.${name}`, type.binary[0])}
${make('send', `pg_catalog.${name}`, 'bytea', type.binary[1])}
${
  modifier === undefined
    ? ''
    : `${make('typmodin', 'cstring[]', 'integer', modifier[0])}
${make('typmodout', 'integer', 'cstring', modifier[1])}`
}
select pg_catalog.binary_upgrade_set_next_array_pg_type_oid(${arrayOid}::pg_catalog.oid);
create type pg_catalog.${name} (
  input = pg_catalog.rs_${name}_in, output = pg_catalog.rs_${name}_out,
  receive = pg_catalog.rs_${name}_recv, send = pg_catalog.rs_${name}_send,
  ${modifier === undefined ? '' : `typmod_in = pg_catalog.rs_${name}_typmodin, typmod_out = pg_catalog.rs_${name}_typmodout,`}
  like = ${like}
);`;
}

export const typeShells: SetupStep = { name: 'types', sql: baseTypes.map(createType).join('\n') };
