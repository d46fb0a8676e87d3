/**
 * What the typing of NUMERIC columns needs of the engine's catalog. It asks nothing itself: it says which question is
 * open, and whoever has the connection answers it.
 */
import type { Catalog } from './typing.js';

/** A row of an answer: the OID and the text. */
export type CatalogRow = readonly [oid: string, text: string | null];

/** A question to the engine: one statement with two columns, and where its rows go. */
export interface CatalogQuestion {
  readonly sql: string;
  /** Takes the rows; also without any, since what the engine does not know is not asked again. */
  answer(rows: readonly CatalogRow[]): void;
}

/**
 * For one statement, since views change. Names of functions hold as long as their OIDs: give the same map to every
 * statement of a session.
 *
 * @example
 * const catalog = new NumericCatalog(names);
 * let columns = numericColumns(tree, catalog);
 * for (let open = catalog.open(); open !== undefined; open = catalog.open()) {
 *   open.answer(await query(open.sql));
 *   columns = numericColumns(tree, catalog);
 * }
 */
export class NumericCatalog implements Catalog {
  readonly #functions: Map<number, string>;
  readonly #views = new Map<number, string>();
  readonly #openFunctions = new Set<number>();
  readonly #openViews = new Set<number>();

  constructor(names = new Map<number, string>()) {
    this.#functions = names;
  }

  functionName(oid: number): string | undefined {
    const name = this.#functions.get(oid);
    if (name === undefined) this.#openFunctions.add(oid);
    return name;
  }

  viewTree(relation: number): string | undefined {
    const text = this.#views.get(relation);
    if (text === undefined) this.#openViews.add(relation);
    return text === '' ? undefined : text;
  }

  /** The next open question; undefined when all is known. */
  open(): CatalogQuestion | undefined {
    if (this.#openFunctions.size > 0) {
      return this.#question(this.#openFunctions, this.#functions, (oids) => {
        return `select oid, proname from pg_catalog.pg_proc where oid in (${oids})`;
      });
    }
    if (this.#openViews.size > 0) {
      return this.#question(this.#openViews, this.#views, (oids) => {
        return `select ev_class, ev_action::pg_catalog.text from pg_catalog.pg_rewrite where ev_type = '1' and ev_class in (${oids})`;
      });
    }
    return undefined;
  }

  #question(open: Set<number>, known: Map<number, string>, sql: (oids: string) => string): CatalogQuestion {
    const oids = [...open];
    return {
      sql: sql(oids.join(', ')),
      answer: (rows) => {
        // An empty text marks what the engine does not have: a table, a function that is gone.
        for (const oid of oids) known.set(oid, '');
        for (const [oid, text] of rows) known.set(Number(oid), text ?? '');
        for (const oid of oids) open.delete(oid);
      },
    };
  }
}
