/**
 * What Redshift tells of a result column beyond PostgreSQL: schema, table, column, catalog, NOT NULL, identity. It is
 * asked of the client's own backend, which alone sees temporary tables and those of the running transaction.
 */
import type { ExtendedFieldMetadata, FieldDescription } from '../../protocol/messages.js';
import type { AnswerRow } from '../dialect/plan.js';

export type Ask = (sql: string, parameters: readonly string[]) => Promise<AnswerRow[]>;

const none: ExtendedFieldMetadata = { schema: '', table: '', column: '', catalog: '', flags: 0 };

/** Case sensitive: the column's collation is, as Redshift's default is; told from version 3 on. */
const flag = { notNull: 0x0001, caseSensitive: 0x0002, identity: 0x0010, searchable: 0x1000 };

const columnsOfTables = `select a.attrelid, a.attnum, n.nspname, c.relname, a.attname, current_database(),
  a.attnotnull, a.attidentity <> '' from pg_catalog.pg_attribute a
  join pg_catalog.pg_class c on c.oid = a.attrelid join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where a.attrelid = any (cast($1 as oid[]))`;

/** The fields with their metadata; names are empty for expressions. */
export async function withMetadata(
  fields: readonly FieldDescription[],
  protocolVersion: number,
  ask: Ask,
): Promise<FieldDescription[]> {
  const tables = new Set(fields.filter((field) => field.tableOid !== 0).map((field) => field.tableOid));
  const known = new Map<string, ExtendedFieldMetadata>();
  if (tables.size > 0) {
    for (const row of await ask(columnsOfTables, [`{${[...tables].join(',')}}`])) {
      const [table, column, schema, name, attribute, catalog, notNull, identity] = row;
      const flags =
        flag.searchable |
        (notNull === 't' ? flag.notNull : 0) |
        (identity === 't' ? flag.identity : 0) |
        (protocolVersion >= 3 ? flag.caseSensitive : 0);
      known.set(`${table!}.${column!}`, {
        schema: schema!,
        // What stands for a table of the catalog is shown under that table's name.
        table: name!.replace(/^rs_(?=pg_)/, ''),
        column: attribute!,
        catalog: catalog!,
        flags,
      });
    }
  }
  return fields.map((field) => ({
    ...field,
    extended: known.get(`${String(field.tableOid)}.${String(field.attributeNumber)}`) ?? none,
  }));
}
