/** Short ways to write plans. They decide nothing. */
import type { Edits } from './edits.js';
import type { Plan, Refusal, Run } from './plan.js';
import { sqlLiteral, sqlName, sqlQualified } from './reader.js';

/** Parts of a run that a rule adds. */
export type Extras = Omit<Run, 'kind' | 'sql' | 'position'>;

/** The edited statement for the engine. */
export function run(edits: Edits, extras: Extras = {}): Run {
  return { kind: 'run', ...edits.result(), ...extras };
}

/** A command that is a call on the engine: its row is dropped, the client sees `tag` only. */
export function command(sql: string, tag: string, extras: Extras = {}): Run {
  return { kind: 'run', sql, position: () => undefined, tag, rows: 'drop', ...extras };
}

/** A statement of the dialect's own whose rows the client sees. */
export function answer(sql: string, tag: string): Run {
  return { kind: 'run', sql, position: () => undefined, tag };
}

/** The same plan with more in it, also where it is still to be asked for. */
export function withExtras(plan: Plan, extras: Extras): Plan {
  switch (plan.kind) {
    case 'run':
      return {
        ...plan,
        ...extras,
        ...joined('before', extras.before, plan.before),
        ...joined('after', plan.after, extras.after),
      };
    case 'ask':
      return { ...plan, then: (rows) => withExtras(plan.then(rows), extras) };
    case 'refuse':
    case 'empty':
      return plan;
  }
}

/** The plan of a text that was made of the client's: its places lead on to those in the client's. */
export function movedBack(plan: Plan, position: Run['position']): Plan {
  switch (plan.kind) {
    case 'run':
      return {
        ...plan,
        position: (offset) => {
          const at = plan.position(offset);
          return at === undefined ? undefined : position(at);
        },
      };
    case 'ask':
      return { ...plan, then: (rows) => movedBack(plan.then(rows), position) };
    case 'refuse': {
      const { at, ...refusal } = plan;
      const place = at === undefined ? undefined : position(at);
      return place === undefined ? refusal : { ...refusal, at: place };
    }
    case 'empty':
      return plan;
  }
}

/** Nothing where there is nothing: a statement alone needs no transaction block. */
function joined(
  key: 'before' | 'after',
  first: readonly string[] = [],
  second: readonly string[] = [],
): Pick<Run, 'before' | 'after'> {
  return first.length + second.length > 0 ? { [key]: [...first, ...second] } : {};
}

export function refuse(sqlState: string, message: string, at?: number): Refusal {
  return at === undefined ? { kind: 'refuse', sqlState, message } : { kind: 'refuse', sqlState, message, at };
}

/** What Redshift has and the local one has not. */
export function notYet(what: string, at?: number): Refusal {
  return refuse('0A000', `${what} is not yet in the local Redshift`, at);
}

/** A relation by name, as an expression of type regclass; a name without a schema is looked up as in a query. */
export function regclass(parts: readonly string[]): string {
  return `${sqlLiteral(sqlQualified(parts.slice(-2)))}::pg_catalog.regclass`;
}

/** A relation that this statement makes: temporary ones in their schema, others where CREATE puts them. */
export function newRegclass(parts: readonly string[], temporary: boolean): string {
  const name = parts.at(-1) ?? '';
  if (temporary) return `${sqlLiteral(`pg_temp.${sqlName(name)}`)}::pg_catalog.regclass`;
  if (parts.length > 1) return regclass(parts);
  const schema = 'pg_catalog.quote_ident(pg_catalog.current_schema())';
  return `(${schema} || ${sqlLiteral(`.${sqlName(name)}`)})::pg_catalog.regclass`;
}

/** A call that the engine runs, as a statement. */
export function call(name: string, ...values: readonly string[]): string {
  return `select pg_catalog.${name}(${values.join(', ')})`;
}

export function jsonLiteral(value: unknown): string {
  return `${sqlLiteral(JSON.stringify(value))}::pg_catalog.json`;
}
