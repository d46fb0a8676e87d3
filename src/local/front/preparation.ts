/** From a client's text to a statement that the engine has prepared, with all that is to be known of its columns. */
import type { FieldDescription } from '../../protocol/messages.js';
import { statementRanges } from '../../sql/statements.js';
import type { Dialogue } from './dialogue.js';
import type { Plan, Run, SessionFacts } from '../dialect/plan.js';
import { planStatement } from '../dialect/plan-statement.js';
import type { Origin } from './errors-of-redshift.js';
import { type Ask, numericModifiers, typeNumerics, withCutQuotients } from '../results/numeric-columns.js';
import { hasDivision, type Rewritten } from '../numeric-typing/index.js';
import { parseTreeOf } from './parse-tree.js';
import { type Query, queryBehind } from './query-behind.js';

/** A prepared statement. */
export interface Statement {
  /** Undefined: nothing but blanks and comments. */
  readonly run: Run | undefined;
  readonly origin: Origin;
  /** What the client wrote. */
  readonly text: string;
  readonly parameterOids: readonly number[];
  /** Undefined: the statement gives no rows. */
  readonly fields: readonly FieldDescription[] | undefined;
  /** Columns whose type modifier the front has computed. */
  readonly computed: ReadonlySet<number>;
}

/** A statement inside the text of a message. */
export interface Passage {
  readonly text: string;
  /** Offsets in UTF-16 code units, the end excluded. */
  readonly start: number;
  readonly end: number;
}

/** Prepares it under a name of the engine. @throws Failed */
export async function prepare(
  dialogue: Dialogue,
  name: string,
  passage: Passage,
  parameterOids: readonly number[],
  facts: SessionFacts,
): Promise<Statement> {
  const { text, start, end } = passage;
  const own = text.slice(start, end);
  const plan = await planned(dialogue, own, passage, facts);
  const run = plan.kind === 'run' ? plan : undefined;
  // Nothing but blanks and comments goes to the engine as it is: a comment may lack its end.
  const source: Rewritten = run ?? { sql: own, position: (offset) => offset };
  const query: Query = { sql: source.sql, parameterOids: settledOids(source.sql, parameterOids) };
  dialogue.origin = { text, start, ...source };
  let tree: Promise<string | undefined> | undefined;
  const treeOf = (): Promise<string | undefined> => (tree ??= parseTreeOf(dialogue, query));
  const ask: Ask = (question, values = []) => dialogue.ask(question, values);
  const cut = run && hasDivision(run.sql) ? await withCutQuotients(source, treeOf, ask) : source;
  const origin: Origin = { text, start, ...cut };
  dialogue.origin = origin;
  dialogue.send(
    { type: 'Parse', statement: name, ...query, sql: cut.sql },
    { type: 'Describe', target: 'statement', name },
  );
  let typeOids: readonly number[] = [];
  let fields: readonly FieldDescription[] | undefined;
  for (let described = false; !described;) {
    const reply = await dialogue.next();
    if (reply.type === 'ParameterDescription') typeOids = reply.typeOids;
    else if (reply.type === 'RowDescription') fields = reply.fields;
    described = reply.type === 'RowDescription' || reply.type === 'NoData';
  }
  const typed = await typeNumerics(
    fields,
    async () => {
      const behind = await queryBehind(query, ask);
      return await (behind === query ? treeOf() : parseTreeOf(dialogue, behind));
    },
    ask,
  );
  const settled = run && (await withMadeNumerics(run, treeOf, ask));
  return { run: settled, origin, text: own, parameterOids: typeOids, ...typed };
}

/**
 * Types of parameters that no `$n` uses: the engine would insist on knowing them, Redshift does not. UNKNOWN (705) is
 * what Amazon's Python driver declares texts and NULLs as.
 */
function settledOids(sql: string, parameterOids: readonly number[]): readonly number[] {
  if (!parameterOids.some((oid) => oid === 0 || oid === unknown)) return parameterOids;
  const used = new Set(Array.from(sql.matchAll(/\$(\d+)/g), ([, number]) => Number(number)));
  return parameterOids.map((oid, at) => ((oid === 0 || oid === unknown) && !used.has(at + 1) ? text : oid));
}

const unknown = 705;
const text = 25;

/** A table that a query makes has columns of the types that Redshift gives to the query's. */
async function withMadeNumerics(run: Run, treeOf: () => Promise<string | undefined>, ask: Ask): Promise<Run> {
  if (run.after?.some((sql) => sql.includes('rs_settle_table')) !== true) return run;
  const modifiers = await numericModifiers(await treeOf(), ask);
  const list = modifiers.map((modifier) => String(modifier ?? -1)).join(',');
  return {
    ...run,
    after: [`select pg_catalog.set_config('redshift.made_numerics', '${list}', true)`, ...run.after],
  };
}

/** The dialect's answer, once its questions to the catalog are answered. */
async function planned(
  dialogue: Dialogue,
  sql: string,
  passage: Passage,
  facts: SessionFacts,
): Promise<Exclude<Plan, { kind: 'ask' | 'refuse' }>> {
  // Semicolons alone are no statement either.
  if (statementRanges(sql, { backslashEscapes: true }).length === 0) return { kind: 'empty' };
  let plan = planStatement(sql, facts);
  while (plan.kind === 'ask') plan = plan.then(await dialogue.ask(plan.sql, plan.parameters));
  if (plan.kind === 'refuse') throw await dialogue.refuse(plan, passage.text, passage.start);
  return plan;
}
