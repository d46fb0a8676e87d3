/** The columns of a table as the catalog knows them, for calls that write into tables by name. */
import { ProgrammingError } from '../errors.js';
import { TypeRegistry } from '../types/registry.js';
import type { Executor, RunSettings } from './executor.js';
import { completed } from './open-result.js';

export interface TableColumn {
  readonly name: string;
  /** Undefined where only SVV_ALL_COLUMNS knows the table: it says no OIDs. */
  readonly typeOid: number | undefined;
}

/**
 * Names are values here, so nothing in them can be SQL; what the catalog does not know is refused by name.
 *
 * @param call the caller's name, for messages
 * @returns the table's columns for these names, in their order
 * @throws ProgrammingError when there is no such table, or it lacks some of the columns
 */
export async function tableColumns(
  executor: Executor,
  run: RunSettings,
  table: readonly string[],
  names: readonly string[],
  call: string,
): Promise<TableColumn[]> {
  // Redshift folds quoted names to lower case too, unless the session says otherwise; where it does not, INSERT decides.
  const redshift = executor.settings.dialect === 'redshift';
  const spelled = (name: string): string => (redshift ? name.toLowerCase() : name);
  const known = new Map<string, TableColumn>();
  for (const question of questions(table, redshift)) {
    const open = executor.execute(question.sql, question.names, 'qmark', {
      ...run,
      collect: true,
      rowMode: 'array',
      // Whatever the user has chosen for these types.
      types: TypeRegistry.defaults,
    });
    await completed(open);
    const rows: unknown[] = [];
    open.rows.take(Infinity, rows);
    for (const [name, typeOid] of rows as [string, number?][]) known.set(spelled(name), { name, typeOid });
    if (known.size > 0) break;
  }
  if (known.size === 0)
    throw new ProgrammingError(
      `${call}: there is no table ${table.join('.')}, or it is not visible to this user`,
    );
  const missing = names.filter((name) => !known.has(spelled(name)));
  if (missing.length > 0) {
    throw new ProgrammingError(`${call}: table ${table.join('.')} has no column ${missing.join(', ')}`);
  }
  return names.map((name) => known.get(spelled(name))!);
}

/** Where the columns of a table are to be found, one place after the other. */
function questions(
  table: readonly string[],
  redshift: boolean,
): { readonly sql: string; readonly names: readonly string[] }[] {
  const [name = '', schema, database] = table.toReversed();
  const asked: { sql: string; names: string[] }[] = [];
  const names: string[] = [];
  const is = (column: string, value: string): string => {
    const parameter = `$${String(names.push(value))}`;
    return redshift ? `lower(${column}) = lower(${parameter})` : `${column} = ${parameter}`;
  };
  if (database === undefined) {
    // SVV_ALL_COLUMNS does not know temporary tables (amazon-redshift-python-driver#161).
    asked.push({
      sql: `select a.attname, a.atttypid from pg_catalog.pg_attribute a join pg_catalog.pg_class c on c.oid = a.attrelid
        join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        where a.attnum > 0 and not a.attisdropped and ${is('c.relname', name)}
        and ${schema === undefined ? 'pg_catalog.pg_table_is_visible(c.oid)' : is('n.nspname', schema)}`,
      names: names.splice(0),
    });
  }
  if (redshift && schema !== undefined) {
    // External tables and those of other databases are only here; no search path leads to them.
    asked.push({
      sql: [
        `select column_name from svv_all_columns where ${is('table_name', name)}`,
        is('schema_name', schema),
        ...(database === undefined ? [] : [is('database_name', database)]),
      ].join(' and '),
      names: names.splice(0),
    });
  }
  return asked;
}
