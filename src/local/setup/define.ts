/**
 * The forms in which the set-up writes its functions. All live in pg_catalog; bodies after RETURN are bound to what they
 * call when they are made, so that neither a client's search_path nor its settings nor a later renaming reaches them.
 */

/** Immutable and NULL for any NULL: what most functions are. */
const plain = 'immutable strict';

/** `signature` as in `len(varchar)`; arguments are `$1 …`; PostgreSQL puts the expression in the place of the call. */
export function inline(signature: string, result: string, expression: string, kind = plain): string {
  return `create function pg_catalog.${signature} returns ${result} language sql ${kind} parallel safe
return ${expression};`;
}

/**
 * A body in PL/pgSQL, from `declare` or `begin` on. It is read again in every session, under the client's settings: no
 * backslash in a literal, and what `hidden.ts` hides is called by its hidden name.
 */
export function procedural(signature: string, result: string, body: string, kind = plain): string {
  return `create function pg_catalog.${signature} returns ${result} language plpgsql ${kind} parallel safe as $rs$
${body.trim()}
$rs$;`;
}

/** Code inside the server under another name or for other types of the same bytes. */
export function internal(signature: string, result: string, code: string, kind = plain): string {
  return `create function pg_catalog.${signature} returns ${result} language internal ${kind} parallel safe as '${code}';`;
}

/**
 * Takes PostgreSQL's own functions of these names out of the way; what is bound to one already stays bound. The server
 * runs a function of its own by OID whatever its definition says, so that replacing one in place would not do.
 */
export function hide(...names: readonly string[]): string {
  return renamed(
    `pronamespace = 'pg_catalog'::regnamespace and proname in (${names.map((name) => `'${name}'`).join(', ')})`,
  );
}

/** The same for single ones: `round(double precision)`. */
export function hideOne(...signatures: readonly string[]): string {
  return renamed(`oid in (${signatures.map((one) => `'pg_catalog.${one}'::regprocedure`).join(', ')})`);
}

const renamed = (which: string): string =>
  `update pg_catalog.pg_proc set proname = '_pg_' || proname where ${which} and oid < 12000;`;
