/**
 * One client's conversation after the login: every message of the extended and the simple protocol, answered as Redshift
 * would. Statements go through the dialect to the client's own backend of the engine; that backend stays the only
 * authority on transactions: what the front refuses fails there too.
 */
import type { FieldDescription, Format, FrontendMessage } from '../protocol/messages.js';
import { statementRanges } from '../sql/statements.js';
import type { ClientOutput } from './client-output.js';
import { withMetadata } from './columns.js';
import type { AnswerRow, Plan, Refusal, Run, SessionFacts } from './dialect/plan.js';
import { planStatement } from './dialect/plan-statement.js';
import { type EngineConnection, EngineFailure, type ErrorFields } from './engine-connection.js';
import { cancelled, clientFields, clientNotice, type Origin, refusalFields } from './errors-of-redshift.js';
import { typeNumerics } from './numeric-columns.js';
import type { QueryLog } from './query-log.js';
import { type Rewrite, rewriteRows } from './rows.js';
import { columnPlan, parameterForEngine, typeSize } from './values.js';

type Of<T extends FrontendMessage['type']> = Extract<FrontendMessage, { type: T }>;

/** The statement is over; the client gets these fields. */
class Failed extends Error {
  readonly fields: Map<string, string>;

  constructor(fields: Map<string, string>) {
    super(fields.get('M'));
    this.fields = fields;
  }
}

/** A prepared statement. */
interface Statement {
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

interface Portal {
  readonly statement: Statement;
  readonly formats: readonly Format[];
  readonly rewrites: readonly Rewrite[];
}

export interface ResponderOptions {
  readonly engine: EngineConnection;
  readonly output: ClientOutput;
  readonly user: string;
  readonly log: QueryLog;
}

const splitting = { backslashEscapes: true };
/** The name of the statement and portal that a simple query goes through; clients cannot say it. */
const simple = '\u0001simple';
const dropSimple: readonly FrontendMessage[] = [
  { type: 'Close', target: 'portal', name: simple },
  { type: 'Close', target: 'statement', name: simple },
  { type: 'Flush' },
];

export class Responder {
  readonly #engine: EngineConnection;
  readonly #output: ClientOutput;
  readonly #user: string;
  readonly #log: QueryLog;
  readonly #statements = new Map<string, Statement>();
  readonly #portals = new Map<string, Portal>();
  #transaction: SessionFacts['transaction'] = 'idle';
  #caseSensitive = false;
  /** An error has been told; everything up to Sync is passed over. */
  #skipping = false;
  /** The block holds nothing of the client's that would be lost by a Sync. */
  #clean = true;
  /** What the engine's notices belong to. */
  #origin: Origin | undefined;
  #refusals = 0;

  constructor(options: ResponderOptions) {
    this.#engine = options.engine;
    this.#output = options.output;
    this.#user = options.user;
    this.#log = options.log;
    this.#engine.aside = {
      notice: (fields) => {
        const notice = clientNotice(fields, this.#origin);
        if (notice) this.#output.message({ type: 'NoticeResponse', fields: notice });
      },
      parameter: (name, value) => this.#parameter(name, value),
    };
  }

  /** Answers a message. The output is collected, not sent. @throws EngineFailure when the engine's session has ended */
  async respond(message: FrontendMessage): Promise<void> {
    if (message.type === 'Sync') {
      await this.#sync();
      return;
    }
    if (message.type === 'Query') {
      await this.#query(message.sql);
      return;
    }
    if (this.#skipping) return;
    try {
      await this.#extended(message);
    } catch (error) {
      this.#tell(error);
      this.#skipping = true;
    }
  }

  async #extended(message: FrontendMessage): Promise<void> {
    switch (message.type) {
      case 'Parse': {
        await this.#parse(message);
        return;
      }
      case 'Bind': {
        await this.#bind(message);
        return;
      }
      case 'Describe': {
        await (message.target === 'statement'
          ? this.#describeStatement(message.name)
          : this.#describePortal(message.name));
        return;
      }
      case 'Execute': {
        await this.#execute(message.portal);
        return;
      }
      case 'Close': {
        await this.#close(message);
        return;
      }
      case 'Flush':
        return;
      case 'CopyData':
      case 'CopyDone':
      case 'CopyFail':
        return; // as a server does that is in no copy mode
      default:
        throw await this.#refused(
          { kind: 'refuse', sqlState: '08P01', message: `unexpected message ${message.type}` },
          '',
          0,
        );
    }
  }

  // --- the extended protocol ---

  async #parse({ statement: name, sql, parameterOids }: Of<'Parse'>): Promise<void> {
    const ranges = statementRanges(sql, splitting);
    if (ranges.length > 1) {
      const message = 'cannot insert multiple commands into a prepared statement';
      throw await this.#refused({ kind: 'refuse', sqlState: '42601', message }, sql, 0);
    }
    const { start, end } = ranges[0] ?? { start: 0, end: 0 };
    const statement = await this.#prepare(name, sql, start, end, parameterOids);
    this.#statements.set(name, statement);
    this.#output.message({ type: 'ParseComplete' });
  }

  async #bind({
    portal,
    statement: name,
    parameterFormats,
    values,
    resultFormats,
  }: Of<'Bind'>): Promise<void> {
    const statement = this.#statements.get(name);
    const columns = statement?.fields?.length ?? 0;
    const formats = eachFormat(resultFormats, columns);
    const plans = (statement?.fields ?? []).map((field, index) =>
      columnPlan(field, formats?.[index] ?? 0, statement?.computed.has(index) === true),
    );
    this.#clean = false;
    this.#origin = statement?.origin;
    this.#engine.send([
      {
        type: 'Bind',
        portal,
        statement: name,
        parameterFormats,
        values: values.map((value, index) => {
          const format = parameterFormats.length === 1 ? parameterFormats[0] : parameterFormats[index];
          if (value === null || format !== 1) return value;
          return parameterForEngine(statement?.parameterOids[index] ?? 0, value);
        }),
        // Formats that do not fit the columns are the engine's to refuse.
        resultFormats: formats ? plans.map(({ engineFormat }) => engineFormat) : resultFormats,
      },
      { type: 'Flush' },
    ]);
    await this.#expect('BindComplete');
    if (statement) {
      this.#portals.set(portal, {
        statement,
        formats: formats ?? [],
        rewrites: plans.map(({ rewrite }) => rewrite),
      });
    }
    this.#output.message({ type: 'BindComplete' });
  }

  async #describeStatement(name: string): Promise<void> {
    const statement = this.#statements.get(name);
    if (!statement) return await this.#unknown({ type: 'Describe', target: 'statement', name });
    this.#output.message({ type: 'ParameterDescription', typeOids: statement.parameterOids });
    await this.#describe(statement, []);
  }

  async #describePortal(name: string): Promise<void> {
    const portal = this.#portals.get(name);
    if (!portal) return await this.#unknown({ type: 'Describe', target: 'portal', name });
    await this.#describe(portal.statement, portal.formats);
  }

  async #execute(name: string): Promise<void> {
    const portal = this.#portals.get(name);
    if (!portal) return await this.#unknown({ type: 'Execute', portal: name, maxRows: 0 });
    await this.#perform(portal, name);
  }

  async #close(message: Of<'Close'>): Promise<void> {
    if (message.target === 'statement') this.#statements.delete(message.name);
    else this.#portals.delete(message.name);
    this.#engine.send([message, { type: 'Flush' }]);
    await this.#expect('CloseComplete');
    this.#output.message({ type: 'CloseComplete' });
  }

  async #sync(): Promise<void> {
    this.#skipping = false;
    await this.#endOfBlock();
    this.#output.message({ type: 'ReadyForQuery', status: this.#engine.status });
  }

  /** The engine knows no such statement or portal either; its error is the client's. */
  async #unknown(message: Of<'Describe'> | Of<'Execute'>): Promise<never> {
    this.#origin = undefined;
    this.#engine.send([message, { type: 'Flush' }]);
    for (;;) await this.#next();
  }

  // --- the simple protocol ---

  /** Every statement runs as through the extended protocol, with values as text and one Sync behind them all. */
  async #query(sql: string): Promise<void> {
    try {
      const ranges = statementRanges(sql, splitting);
      if (ranges.length === 0) this.#output.message({ type: 'EmptyQueryResponse' });
      for (const { start, end } of ranges) {
        const statement = await this.#prepare(simple, sql, start, end, []);
        this.#clean = false;
        const plans = (statement.fields ?? []).map((field, index) =>
          columnPlan(field, 0, statement.computed.has(index)),
        );
        this.#engine.send([
          {
            type: 'Bind',
            portal: simple,
            statement: simple,
            parameterFormats: [],
            values: [],
            resultFormats: plans.map(({ engineFormat }) => engineFormat),
          },
          { type: 'Flush' },
        ]);
        await this.#expect('BindComplete');
        if (statement.fields && statement.run?.rows !== 'drop') await this.#describe(statement, []);
        const portal = { statement, formats: [], rewrites: plans.map(({ rewrite }) => rewrite) };
        await this.#perform(portal, simple);
        this.#engine.send(dropSimple);
        await this.#expect('CloseComplete');
        await this.#expect('CloseComplete');
      }
    } catch (error) {
      this.#tell(error);
      // The names may still be taken: the engine has skipped the Close.
      await this.#endOfBlock();
      this.#engine.send(dropSimple);
      await this.#expect('CloseComplete');
      await this.#expect('CloseComplete');
    }
    this.#skipping = false;
    await this.#endOfBlock();
    this.#output.message({ type: 'ReadyForQuery', status: this.#engine.status });
  }

  // --- both ---

  /** Plans a statement and prepares it on the engine, with all that is to be known of its columns. */
  async #prepare(
    name: string,
    text: string,
    start: number,
    end: number,
    parameterOids: readonly number[],
  ): Promise<Statement> {
    const own = text.slice(start, end);
    await this.#announceQuery(own);
    const plan = await this.#plan(own, text, start);
    const run = plan.kind === 'run' ? plan : undefined;
    const sql = run?.sql ?? '';
    const origin: Origin = { text, start, sql, position: run?.position ?? (() => undefined) };
    this.#origin = origin;
    this.#engine.send([
      { type: 'Parse', statement: name, sql, parameterOids },
      { type: 'Describe', target: 'statement', name },
      { type: 'Flush' },
    ]);
    let typeOids: readonly number[] = [];
    let fields: readonly FieldDescription[] | undefined;
    for (let described = false; !described;) {
      const reply = await this.#next();
      if (reply.type === 'ParameterDescription') typeOids = reply.typeOids;
      else if (reply.type === 'RowDescription') fields = reply.fields;
      described = reply.type === 'RowDescription' || reply.type === 'NoData';
    }
    const typed = await this.#front(() =>
      typeNumerics(sql, parameterOids, fields, (statement, oids) => this.#explainTree(statement, oids)),
    );
    return { run, origin, text: own, parameterOids: typeOids, ...typed };
  }

  /** The dialect's answer, its questions to the catalog asked. */
  async #plan(sql: string, text: string, start: number): Promise<Exclude<Plan, { kind: 'ask' | 'refuse' }>> {
    let plan = planStatement(sql, {
      transaction: this.#transaction,
      caseSensitive: this.#caseSensitive,
      user: this.#user,
    });
    while (plan.kind === 'ask') {
      const { sql: question, parameters, then } = plan;
      const rows = await this.#front(() => this.#ask(question, parameters));
      plan = then(rows);
    }
    if (plan.kind === 'refuse') throw await this.#refused(plan, text, start);
    return plan;
  }

  async #describe(statement: Statement, formats: readonly Format[]): Promise<void> {
    const { fields, run } = statement;
    if (fields === undefined || run?.rows === 'drop') {
      this.#output.message({ type: 'NoData' });
      return;
    }
    const version = this.#output.protocolVersion;
    const told = fields.map((field, index) => ({
      ...field,
      typeSize: typeSize(field),
      format: formats[index] ?? 0,
    }));
    const extended =
      version < 1
        ? told
        : await this.#front(() =>
            withMetadata(told, version, this.#caseSensitive, (sql, parameters) => this.#ask(sql, parameters)),
          );
    this.#output.message({ type: 'RowDescription', fields: extended });
  }

  /** Runs a portal to its end, whatever row limit came with Execute: Redshift ignores it. */
  async #perform({ statement, rewrites }: Portal, name: string): Promise<void> {
    const { run, origin } = statement;
    this.#clean = false;
    const entry = this.#log.begin(statement.text);
    try {
      for (const sql of run?.before ?? []) await this.#front(() => this.#engine.ask(sql));
      this.#origin = origin;
      const tag = await this.#rows(name, statement, rewrites);
      for (const sql of run?.after ?? []) await this.#front(() => this.#engine.ask(sql));
      if (tag === undefined) this.#output.message({ type: 'EmptyQueryResponse' });
      else await this.#complete(statement, run?.tag ?? tag);
      entry.end(false);
    } catch (error) {
      entry.end(true);
      throw error;
    }
  }

  /** @returns the engine's command tag; undefined for an empty statement */
  async #rows(
    portal: string,
    { fields, run }: Statement,
    rewrites: readonly Rewrite[],
  ): Promise<string | undefined> {
    this.#engine.expectRows(fields?.length ?? -1);
    this.#engine.send([{ type: 'Execute', portal, maxRows: 0 }, { type: 'Flush' }]);
    for (;;) {
      const reply = await this.#next();
      switch (reply.type) {
        case 'Rows':
          if (run?.rows === 'drop') break;
          this.#output.raw(rewriteRows(reply.run, rewrites));
          await this.#output.relieve();
          break;
        case 'CommandComplete':
          return reply.tag;
        case 'EmptyQueryResponse':
          return undefined;
        case 'CopyInResponse':
        case 'CopyBothResponse':
          this.#engine.send([{ type: 'CopyFail', reason: 'not on Redshift' }]);
          break;
        default:
          break;
      }
    }
  }

  async #complete(statement: Statement, engineTag: string): Promise<void> {
    const { run } = statement;
    if (run?.commits === true) await this.#commit();
    const command = /^[A-Z]+/.exec(engineTag)?.[0] ?? '';
    if (command === 'BEGIN' || command === 'START') this.#transaction = 'open';
    if (command === 'COMMIT' || command === 'ROLLBACK') this.#transaction = 'idle';
    if (run?.changesSettings === true) await this.#readSettings();
    if (run?.deallocates === null) this.#statements.clear();
    else if (run?.deallocates !== undefined) this.#statements.delete(run.deallocates);
    this.#output.message({ type: 'CommandComplete', tag: clientTag(engineTag) });
  }

  /** The running transaction ends, whether it was begun with BEGIN or with the block. */
  async #commit(): Promise<void> {
    if (this.#transaction !== 'idle') {
      await this.#front(() => this.#engine.ask('commit'));
      this.#transaction = 'idle';
    }
    await this.#front(() => this.#engine.sync());
    this.#portals.clear();
  }

  async #readSettings(): Promise<void> {
    const [row] = await this.#front(() =>
      this.#engine.ask(
        "select pg_catalog.current_setting('redshift.enable_case_sensitive_identifier', true)",
      ),
    );
    this.#caseSensitive = /^(on|true|t|1|yes)$/i.test(row?.[0] ?? '');
  }

  /** A question of the front's own. Where nothing would be lost it leaves no trace of a transaction. */
  async #ask(sql: string, parameters: readonly string[]): Promise<AnswerRow[]> {
    const alone = this.#clean && this.#transaction === 'idle';
    return await (alone ? this.#engine.query(sql, parameters) : this.#engine.ask(sql, parameters));
  }

  /** The parse tree of a statement, as PostgreSQL's debug_print_parse tells it. */
  async #explainTree(sql: string, parameterOids: readonly number[]): Promise<string | undefined> {
    const engine = this.#engine;
    const usual = engine.aside;
    let tree: string | undefined;
    const [before] = await engine.ask(
      `select pg_catalog.current_setting('client_min_messages'), pg_catalog.set_config('debug_pretty_print', 'off', true),
        pg_catalog.set_config('debug_print_parse', 'on', true), pg_catalog.set_config('client_min_messages', 'log', true)`,
    );
    engine.aside = {
      parameter: () => undefined,
      notice: (fields) => {
        if (fields.get('M') === 'parse tree:') tree ??= fields.get('D');
      },
    };
    try {
      const name = '\u0001tree';
      engine.send([
        { type: 'Parse', statement: name, sql, parameterOids },
        { type: 'Close', target: 'statement', name },
        { type: 'Flush' },
      ]);
      for (let closed = false; !closed;) closed = (await engine.next()).type === 'CloseComplete';
      const own = tree;
      await engine.ask(
        `select pg_catalog.set_config('debug_print_parse', 'off', true), pg_catalog.set_config('client_min_messages', $1, true)`,
        [before?.[0] ?? 'notice'],
      );
      tree = own;
    } finally {
      engine.aside = usual;
    }
    if (this.#clean && this.#transaction === 'idle') await engine.sync();
    return tree;
  }

  /** `pg_last_query_id()` and the system tables of queries answer what has run so far. */
  async #announceQuery(sql: string): Promise<void> {
    if (!this.#log.concerns(sql) || this.#transaction === 'failed') return;
    await this.#log.publish();
    const id = String(this.#log.lastQueryId);
    await this.#front(() =>
      this.#ask("select pg_catalog.set_config('redshift.last_query_id', $1, false)", [id]),
    );
  }

  async #endOfBlock(): Promise<void> {
    this.#engine.send([{ type: 'Sync' }]);
    await this.#ready();
  }

  async #ready(): Promise<void> {
    try {
      await this.#engine.ready();
    } catch (error) {
      // A deferred error at the end of the block comes before ReadyForQuery.
      this.#tell(this.#translated(error, undefined));
    }
    const { status } = this.#engine;
    this.#transaction = status === 'I' ? 'idle' : status === 'T' ? 'open' : 'failed';
    if (status === 'I') this.#portals.clear();
    this.#clean = true;
  }

  // --- failures ---

  async #next() {
    try {
      return await this.#engine.next();
    } catch (error) {
      throw this.#translated(error, this.#origin);
    }
  }

  async #expect(type: 'BindComplete' | 'CloseComplete'): Promise<void> {
    while ((await this.#next()).type !== type);
  }

  /** Runs statements of the front's own; where they fail there is no place in the client's text to point at. */
  async #front<T>(act: () => Promise<T>): Promise<T> {
    try {
      return await act();
    } catch (error) {
      throw this.#translated(error, undefined);
    }
  }

  #translated(error: unknown, origin: Origin | undefined): unknown {
    if (!(error instanceof EngineFailure) || error.fields.get('S') === 'FATAL') return error;
    return new Failed(cancelled(clientFields(error.fields, origin), this.#engine.processId));
  }

  /** What the front refuses has to fail on the engine as well, or its transaction would go on. */
  async #refused(refusal: Refusal, text: string, start: number): Promise<Failed> {
    const failed = this.#transaction === 'failed';
    const name = `\u0001refused${String(this.#refusals++)}`;
    this.#engine.send([
      { type: 'Parse', statement: name, sql: 'refused', parameterOids: [] },
      { type: 'Flush' },
    ]);
    let fields: ErrorFields = new Map();
    try {
      for (;;) await this.#engine.next();
    } catch (error) {
      if (!(error instanceof EngineFailure)) throw error;
      if (error.fields.get('S') === 'FATAL') throw error;
      fields = error.fields;
    }
    // Only what cannot be parsed is told before that the transaction has failed.
    if (failed && refusal.sqlState !== '42601') {
      fields = new Map([
        ['S', 'ERROR'],
        ['C', '25P02'],
        ['M', 'current transaction is aborted, commands ignored until end of transaction block'],
      ]);
      return new Failed(new Map(fields));
    }
    return new Failed(refusalFields(refusal, text, start));
  }

  #tell(error: unknown): void {
    if (!(error instanceof Failed)) throw error;
    if (this.#transaction === 'open') this.#transaction = 'failed';
    this.#output.message({ type: 'ErrorResponse', fields: error.fields });
  }

  #parameter(name: string, value: string): void {
    const told = reported.get(name);
    if (told) this.#output.message({ type: 'ParameterStatus', name, value: told(value) });
  }
}

/** What Redshift reports when it changes, and how it writes it. */
const reported: ReadonlyMap<string, (value: string) => string> = new Map([
  ['client_encoding', (value: string) => (value === 'UTF8' ? 'UNICODE' : value)],
  ['DateStyle', (value: string) => value],
  ['TimeZone', (value: string) => value],
  ['application_name', (value: string) => value],
  ['session_authorization', (value: string) => value],
]);

/** Redshift does not count what SELECT gives. */
function clientTag(tag: string): string {
  return tag.replace(/^SELECT \d+$/, 'SELECT');
}

/** One format for each column; undefined: their number fits nothing. */
function eachFormat(formats: ArrayLike<number>, columns: number): Format[] | undefined {
  const of = (format: number | undefined): Format => (format === 1 ? 1 : 0);
  if (formats.length <= 1) return Array.from({ length: columns }, () => of(formats[0]));
  if (formats.length !== columns) return undefined;
  return Array.from(formats, of);
}
