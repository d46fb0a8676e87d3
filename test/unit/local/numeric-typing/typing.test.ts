import { describe, expect, it } from 'vitest';
import { modifierOf } from '../../../../src/local/numeric-typing/numeric-type.js';
import { numericColumns, type Catalog } from '../../../../src/local/numeric-typing/typing.js';

const variable = (modifier: number): string =>
  `{VAR :varno 1 :varattno 1 :vartype 1700 :vartypmod ${String(modifier)} :varlevelsup 0}`;
const query = (expressions: readonly string[], rest = ''): string =>
  `{QUERY :commandType 1 :utilityStmt <> ${rest} :targetList (${expressions
    .map((expression) => `{TARGETENTRY :expr ${expression} :resjunk false}`)
    .join(' ')}) :setOperations <>}`;
const priced = variable(modifierOf({ precision: 8, scale: 2 }));
const unknown = modifierOf({ precision: 38, scale: 10 });

describe('numericColumns', () => {
  it('keeps a modifier that the engine knows', () => {
    expect(numericColumns(query([priced]))).toEqual([modifierOf({ precision: 8, scale: 2 })]);
  });

  it('leaves out entries that are no output', () => {
    const text = query([priced, priced]).replace('resjunk false', 'resjunk true');
    expect(numericColumns(text)).toHaveLength(1);
  });

  it.each(['', 'no tree', '{QUERY', '{OTHER}', '({QUERY :commandType 3})', '<>', '()'])(
    'gives nothing for %j',
    (text) => {
      expect(numericColumns(text)).toEqual([]);
    },
  );

  it('gives NUMERIC(38,10) for what refers to nothing', () => {
    expect(numericColumns(query([variable(-1)]))).toEqual([unknown]);
    expect(numericColumns(query([variable(-1)], ':rtable (<>)'))).toEqual([unknown]);
    expect(numericColumns(query([variable(-1)], ':rtable ({RANGETBLENTRY :rtekind 77})'))).toEqual([unknown]);
    expect(numericColumns(query(['{PARAM :paramtype 1700 :paramid 1}']))).toEqual([unknown]);
  });

  it('ends when a query, a view or a CTE refers to itself', () => {
    const view = `(${query([variable(-1)], ':rtable ({RANGETBLENTRY :rtekind 0 :relid 9})')})`;
    const catalog: Catalog = { functionName: () => undefined, viewTree: () => view };
    expect(
      numericColumns(query([variable(-1)], ':rtable ({RANGETBLENTRY :rtekind 0 :relid 9})'), catalog),
    ).toEqual([unknown]);
    const inner = query([variable(-1)], ':rtable ({RANGETBLENTRY :rtekind 6 :ctename w :ctelevelsup 1})');
    const cte = `:cteList ({COMMONTABLEEXPR :ctename w :cterecursive false :ctequery ${inner}})`;
    const outer = query(
      [variable(-1)],
      `${cte} :rtable ({RANGETBLENTRY :rtekind 6 :ctename w :ctelevelsup 0})`,
    );
    expect(numericColumns(outer)).toHaveLength(1);
    expect(
      numericColumns(
        query([variable(-1)], `:rtable ({RANGETBLENTRY :rtekind 9 :groupexprs (${variable(-1)})})`),
      ),
    ).toEqual([]);
  });

  it('asks the catalog for functions that are not PostgreSQL’s own', () => {
    const call = `{FUNCEXPR :funcid 16500 :funcresulttype 1700 :funcformat 0 :args (${priced} ${priced})}`;
    const catalog: Catalog = {
      functionName: (oid) => (oid === 16_500 ? 'nvl' : undefined),
      viewTree: () => undefined,
    };
    expect(numericColumns(query([call]), catalog)).toEqual([modifierOf({ precision: 8, scale: 2 })]);
    expect(numericColumns(query([call]))).toEqual([unknown]);
    // A name of JavaScript's own is no rule.
    const odd: Catalog = { functionName: () => 'constructor', viewTree: () => undefined };
    expect(numericColumns(query([call]), odd)).toEqual([unknown]);
  });

  it('reads sums of ten thousand terms', () => {
    const terms = 10_000;
    const sum = `${'{OPEXPR :opfuncid 1724 :opresulttype 1700 :args ('.repeat(terms)}${priced}${` ${priced})}`.repeat(terms)}`;
    expect(numericColumns(query([sum]))).toEqual([modifierOf({ precision: 38, scale: 2 })]);
  });

  it('gives up on an expression that is too deep, without an error', () => {
    const depth = 100_000;
    const call = `${'{FUNCEXPR :funcid 1705 :funcresulttype 1700 :args ('.repeat(depth)}${priced}${')}'.repeat(depth)}`;
    expect(numericColumns(query([call]))).toEqual([]);
  });
});
