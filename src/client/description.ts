/** What a result's columns are: DB-API's description, and where the column comes from when the server tells. */
import type { Field } from '../session/conversation.js';
import { columnFacts, type TypeRegistry } from '../types/registry.js';

/** One column of a result (PEP 249, `Cursor.description`, and Redshift's extended metadata). */
export interface ColumnDescription {
  readonly name: string;
  /** OID of the type. */
  readonly typeCode: number;
  /** SQL name of the type. */
  readonly typeName: string;
  /** Characters of the longest value; null where no bound is known. */
  readonly displaySize: number | null;
  /** Bytes on the server; null where it varies. */
  readonly internalSize: number | null;
  readonly precision: number | null;
  readonly scale: number | null;
  /** Null when the server does not tell (protocol version 0, and expressions). */
  readonly nullOk: boolean | null;
  /** Names are there for columns of tables only, from protocol version 1 on. */
  readonly schema?: string;
  readonly table?: string;
  readonly column?: string;
  readonly catalog?: string;
  /** IDENTITY column; from protocol version 1 on. */
  readonly autoIncrement?: boolean;
}

const notNull = 0x0001;
const identity = 0x0010;

/** What was made of a list of fields: statements with the same columns have the same list each time they are run (2 µs a run of four columns). */
const known = new WeakMap<
  readonly Field[],
  { readonly types: TypeRegistry; readonly columns: readonly ColumnDescription[] }
>();

/** The list is the caller's own; its members are shared by all who asked, and frozen. */
export function describeColumns(fields: readonly Field[], types: TypeRegistry): ColumnDescription[] {
  let found = known.get(fields);
  if (found?.types !== types) {
    found = { types, columns: fields.map((field) => Object.freeze(describeColumn(field, types))) };
    known.set(fields, found);
  }
  return found.columns.slice();
}

function describeColumn(field: Field, types: TypeRegistry): ColumnDescription {
  const { extended } = field;
  const known = extended !== undefined && extended.table !== '';
  return {
    name: field.name,
    typeCode: field.typeOid,
    typeName: types.typeName(field.typeOid),
    ...columnFacts(field),
    nullOk: known ? (extended.flags & notNull) === 0 : null,
    ...(known
      ? {
          schema: extended.schema,
          table: extended.table,
          column: extended.column,
          catalog: extended.catalog,
          autoIncrement: (extended.flags & identity) !== 0,
        }
      : {}),
  };
}
