/**
 * One client's conversation after the login: every message of the extended and the simple protocol, answered as Redshift
 * would.
 */
import { DataError } from '../../errors.js';
import type { RowRun } from '../../protocol/framing.js';
import type { Format, FrontendMessage } from '../../protocol/messages.js';
import { statementRanges } from '../../sql/statements.js';
import { type Activity, activityKind } from '../activity.js';
import type { ClientOutput } from './client-output.js';
import { withMetadata } from '../results/columns.js';
import { piecesOf } from '../dialect/pieces.js';
import { Dialogue, Failed } from './dialogue.js';
import type { EngineConnection } from './engine-connection.js';
import { type Passage, prepare, type Statement } from './preparation.js';
import { type Rewrite, rewriteRows } from '../results/rows.js';
import { type ColumnPlan, columnPlan, parameterForEngine, typeSize } from '../results/values.js';

type Of<T extends FrontendMessage['type']> = Extract<FrontendMessage, { type: T }>;

interface Portal {
  readonly statement: Statement;
  readonly formats: readonly Format[];
  readonly rewrites: readonly Rewrite[];
}

export interface ResponderOptions {
  readonly engine: EngineConnection;
  readonly output: ClientOutput;
  readonly user: string;
  readonly database: string;
  readonly activity: Activity;
}

const splitting = { backslashEscapes: true };
/** The name of the statement and portal that a simple query goes through; clients cannot say it. */
const simple = '\u0001simple';

export class Responder {
  readonly #dialogue: Dialogue;
  readonly #output: ClientOutput;
  readonly #user: string;
  readonly #database: string;
  readonly #activity: Activity;
  readonly #statements = new Map<string, Statement>();
  readonly #portals = new Map<string, Portal>();
  #caseSensitive = false;
  /** describe_field_name_in_uppercase (AWS manual). */
  #upperCase = false;
  /** An error has been told; everything up to Sync is passed over. */
  #skipping = false;

  constructor({ engine, output, user, database, activity }: ResponderOptions) {
    this.#dialogue = new Dialogue(engine, output);
    this.#output = output;
    this.#user = user;
    this.#database = database;
    this.#activity = activity;
  }

  /** Answers a message. The output is collected, not sent. @throws EngineFailure when the engine's session has ended */
  async respond(message: FrontendMessage): Promise<void> {
    if (message.type === 'Sync') await this.#sync();
    else if (this.#skipping) return;
    else if (message.type === 'Query') await this.#query(message.sql);
    else {
      try {
        await this.#extended(message);
      } catch (error) {
        this.#dialogue.tell(error);
        this.#skipping = true;
      }
    }
  }

  async #extended(message: FrontendMessage): Promise<void> {
    switch (message.type) {
      case 'Parse':
        await this.#parse(message);
        return;
      case 'Bind':
        await this.#bind(message);
        return;
      case 'Describe':
        if (message.target === 'statement') await this.#describeStatement(message.name);
        else await this.#describePortal(message.name);
        return;
      case 'Execute':
        await this.#execute(message.portal);
        return;
      case 'Close':
        await this.#close(message);
        return;
      case 'Flush':
      // Without a copy under way these mean nothing (PostgreSQL protocol, COPY Operations).
      case 'CopyData':
      case 'CopyDone':
      case 'CopyFail':
        return;
      default: {
        const text = `unexpected message ${message.type}`;
        throw await this.#dialogue.refuse({ kind: 'refuse', sqlState: '08P01', message: text }, '', 0);
      }
    }
  }

  // --- the extended protocol ---

  async #parse({ statement: name, sql, parameterOids }: Of<'Parse'>): Promise<void> {
    // The one without a name is gone even where the next cannot be parsed.
    if (name === '' && this.#statements.has('')) await this.#drop('statement');
    const ranges = statementRanges(sql, splitting);
    if (ranges.length > 1) {
      const message = 'cannot insert multiple commands into a prepared statement';
      throw await this.#dialogue.refuse({ kind: 'refuse', sqlState: '42601', message }, sql, 0);
    }
    const { start, end } = ranges[0] ?? { start: 0, end: sql.length };
    const statement = await this.#prepare(name, { text: sql, start, end }, parameterOids);
    this.#statements.set(name, statement);
    this.#output.message({ type: 'ParseComplete' });
  }

  async #bind(message: Of<'Bind'>): Promise<void> {
    const { portal, parameterFormats, values, resultFormats } = message;
    const statement = this.#statements.get(message.statement);
    if (statement) await this.#publishFor(statement.text);
    const formats = eachFormat(resultFormats, statement?.fields?.length ?? 0);
    const plans = statement ? this.#columnPlans(statement, formats ?? []) : [];
    this.#dialogue.clean = false;
    this.#dialogue.origin = statement?.origin;
    this.#dialogue.send({
      ...message,
      values: values.map((value, index) => {
        const format = parameterFormats.length === 1 ? parameterFormats[0] : parameterFormats[index];
        if (value === null || format !== 1) return value;
        return parameterForEngine(statement?.parameterOids[index] ?? 0, value);
      }),
      // Formats that do not fit the columns are the engine's to refuse.
      resultFormats: formats ? plans.map(({ engineFormat }) => engineFormat) : resultFormats,
    });
    await this.#dialogue.expect('BindComplete');
    if (statement) {
      this.#portals.set(portal, { statement, formats: formats ?? [], rewrites: rewritesOf(plans) });
    }
    this.#output.message({ type: 'BindComplete' });
  }

  async #describeStatement(name: string): Promise<void> {
    const statement = this.#statements.get(name);
    if (!statement) throw await this.#unknown({ type: 'Describe', target: 'statement', name });
    this.#output.message({ type: 'ParameterDescription', typeOids: statement.parameterOids });
    await this.#describe(statement, []);
  }

  async #describePortal(name: string): Promise<void> {
    const portal = this.#portals.get(name);
    if (!portal) throw await this.#unknown({ type: 'Describe', target: 'portal', name });
    await this.#describe(portal.statement, portal.formats);
  }

  async #execute(name: string): Promise<void> {
    const portal = this.#portals.get(name);
    if (!portal) throw await this.#unknown({ type: 'Execute', portal: name, maxRows: 0 });
    await this.#perform(portal, name);
  }

  async #close(message: Of<'Close'>): Promise<void> {
    if (message.target === 'statement') this.#statements.delete(message.name);
    else this.#portals.delete(message.name);
    this.#dialogue.send(message);
    await this.#dialogue.expect('CloseComplete');
    this.#output.message({ type: 'CloseComplete' });
  }

  async #sync(): Promise<void> {
    this.#skipping = false;
    await this.#dialogue.endBlock();
    const { transaction } = this.#dialogue;
    if (transaction === 'idle') this.#portals.clear();
    this.#output.message({ type: 'ReadyForQuery', status: statusOf[transaction] });
  }

  /** The engine knows no such statement or portal either; its error is the client's. */
  async #unknown(message: Of<'Describe'> | Of<'Execute'>): Promise<unknown> {
    this.#dialogue.origin = undefined;
    this.#dialogue.send(message);
    try {
      for (;;) await this.#dialogue.next();
    } catch (error) {
      return error;
    }
  }

  // --- the simple protocol ---

  /** Every statement runs as through the extended protocol, with values as text and one Sync behind them all. */
  async #query(sql: string): Promise<void> {
    try {
      const ranges = statementRanges(sql, splitting);
      if (ranges.length === 0) ranges.push({ start: 0, end: sql.length });
      await this.#dropUnnamed();
      for (const { start, end } of ranges) await this.#simple({ text: sql, start, end });
    } catch (error) {
      this.#dialogue.tell(error);
      // The names may still be taken: the engine has skipped the Close.
      await this.#dialogue.endBlock();
      await this.#dropFailed();
    }
    await this.#sync();
  }

  /** A cancel that came late can hit even this; the client has heard already how its statement ended. */
  async #dropFailed(): Promise<void> {
    for (let tries = 1; ; tries++) {
      try {
        await this.#dropSimple();
        return;
      } catch (error) {
        if (!(error instanceof Failed) || tries === 10) throw error;
        await this.#dialogue.endBlock();
      }
    }
  }

  async #simple(passage: Passage): Promise<void> {
    const statement = await this.#prepare(simple, passage, []);
    if (statement.parameterOids.length > 0) throw await this.#noParameter(passage);
    if (statement.run === undefined) {
      // Also in a failed transaction, where nothing could be bound.
      this.#output.message({ type: 'EmptyQueryResponse' });
      await this.#dropSimple();
      return;
    }
    const plans = this.#columnPlans(statement, []);
    this.#dialogue.clean = false;
    this.#dialogue.send({
      type: 'Bind',
      portal: simple,
      statement: simple,
      parameterFormats: [],
      values: [],
      resultFormats: plans.map(({ engineFormat }) => engineFormat),
    });
    await this.#dialogue.expect('BindComplete');
    if (givesRows(statement)) await this.#describe(statement, []);
    await this.#perform({ statement, formats: [], rewrites: rewritesOf(plans) }, simple);
    await this.#dropSimple();
  }

  /** A simple query takes the place of the statement and the portal without a name (PostgreSQL protocol, Extended Query). */
  async #dropUnnamed(): Promise<void> {
    if (this.#portals.has('')) await this.#drop('portal');
    if (this.#statements.has('')) await this.#drop('statement');
  }

  async #drop(target: 'statement' | 'portal'): Promise<void> {
    (target === 'statement' ? this.#statements : this.#portals).delete('');
    this.#dialogue.send({ type: 'Close', target, name: '' });
    await this.#dialogue.expect('CloseComplete');
  }

  /** A simple query has no values for parameters. */
  async #noParameter({ text, start, end }: Passage): Promise<Failed> {
    const own = text.slice(start, end);
    const marker = piecesOf(own).find((piece) => /^\$\d+$/.test(piece.text));
    return await this.#dialogue.refuse(
      {
        kind: 'refuse',
        sqlState: '42P02',
        message: `there is no parameter ${marker?.text ?? '$1'}`,
        ...(marker === undefined ? {} : { at: marker.start }),
      },
      text,
      start,
    );
  }

  async #dropSimple(): Promise<void> {
    this.#dialogue.send(
      { type: 'Close', target: 'portal', name: simple },
      { type: 'Close', target: 'statement', name: simple },
    );
    await this.#dialogue.expect('CloseComplete');
    await this.#dialogue.expect('CloseComplete');
  }

  // --- both ---

  async #prepare(name: string, passage: Passage, parameterOids: readonly number[]): Promise<Statement> {
    const { transaction } = this.#dialogue;
    await this.#publishFor(passage.text.slice(passage.start, passage.end));
    const facts = { transaction, caseSensitive: this.#caseSensitive, user: this.#user };
    return await prepare(this.#dialogue, name, passage, parameterOids, facts);
  }

  /** System tables tell what has run so far, each time that they are read. */
  async #publishFor(sql: string): Promise<void> {
    if (this.#activity.concerns(sql)) await this.#activity.publish(this.#database);
  }

  #columnPlans({ fields, computed }: Statement, formats: readonly Format[]): ColumnPlan[] {
    const { protocolVersion } = this.#output;
    return (fields ?? []).map((field, index) =>
      columnPlan(field, formats[index] ?? 0, { computed: computed.has(index), protocolVersion }),
    );
  }

  async #describe(statement: Statement, formats: readonly Format[]): Promise<void> {
    if (!givesRows(statement)) {
      this.#output.message({ type: 'NoData' });
      return;
    }
    const fields = (statement.fields ?? []).map((field, index) => ({
      ...field,
      name: this.#upperCase ? field.name.toUpperCase() : field.name,
      typeSize: typeSize(field),
      format: formats[index] ?? 0,
    }));
    const version = this.#output.protocolVersion;
    const extended =
      version < 1
        ? fields
        : await withMetadata(fields, version, (sql, parameters) => this.#dialogue.ask(sql, parameters));
    this.#output.message({ type: 'RowDescription', fields: extended });
  }

  /** Runs a portal to its end, whatever row limit came with Execute: Redshift ignores it. */
  async #perform({ statement, rewrites }: Portal, name: string): Promise<void> {
    const { run, origin } = statement;
    this.#dialogue.clean = false;
    const start = new Date().toISOString();
    try {
      for (const sql of run?.before ?? []) await this.#dialogue.own((engine) => engine.ask(sql));
      this.#dialogue.origin = origin;
      const tag = await this.#rows(name, statement, rewrites);
      for (const sql of run?.after ?? []) await this.#dialogue.own((engine) => engine.ask(sql));
      if (tag === undefined) this.#output.message({ type: 'EmptyQueryResponse' });
      else await this.#complete(statement, run?.tag ?? tag);
      this.#note(statement, start, undefined);
    } catch (error) {
      this.#note(statement, start, error);
      throw error;
    }
  }

  #note({ run, text }: Statement, start: string, error: unknown): void {
    if (run === undefined) return;
    const fields = error instanceof Failed ? error.fields : undefined;
    this.#activity.ran(this.#database, {
      user: this.#user,
      pid: this.#dialogue.engine.processId,
      kind: activityKind(text),
      text,
      start,
      end: new Date().toISOString(),
      aborted: error !== undefined,
      sqlState: fields?.get('C') ?? null,
      error: fields?.get('M') ?? null,
    });
  }

  /** @returns the engine's command tag; undefined for an empty statement */
  async #rows(
    portal: string,
    statement: Statement,
    rewrites: readonly Rewrite[],
  ): Promise<string | undefined> {
    const dialogue = this.#dialogue;
    dialogue.engine.expectRows(statement.fields?.length ?? -1);
    dialogue.send({ type: 'Execute', portal, maxRows: 0 });
    for (;;) {
      const reply = await dialogue.next();
      switch (reply.type) {
        case 'Rows':
          if (!givesRows(statement)) break;
          this.#output.raw(await this.#rewritten(reply.run, rewrites, statement));
          await this.#output.relieve();
          break;
        case 'CommandComplete':
          return reply.tag;
        case 'EmptyQueryResponse':
          return undefined;
        case 'CopyInResponse':
        case 'CopyBothResponse':
          dialogue.send({ type: 'CopyFail', reason: 'Redshift copies from S3 only' });
          break;
        default:
          break;
      }
    }
  }

  /** The rows as Redshift sends them; a value that does not fit its type ends the statement. */
  async #rewritten(run: RowRun, rewrites: readonly Rewrite[], { origin }: Statement): Promise<Uint8Array> {
    try {
      return rewriteRows(run, rewrites);
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      await this.#dialogue.expect('CommandComplete');
      const { message } = error;
      throw await this.#dialogue.refuse(
        { kind: 'refuse', sqlState: 'XX000', message },
        origin.text,
        origin.start,
      );
    }
  }

  async #complete({ run }: Statement, tag: string): Promise<void> {
    if (run?.commits === true) {
      await this.#dialogue.commit();
      this.#portals.clear();
    }
    const [command] = tag.split(' ');
    if (command === 'BEGIN' || command === 'START') this.#dialogue.transaction = 'open';
    if (command === 'COMMIT' || command === 'ROLLBACK') this.#dialogue.transaction = 'idle';
    if (run?.changesSettings === true) await this.readSettings();
    if (run?.deallocates === null) this.#statements.clear();
    else if (run?.deallocates !== undefined) this.#statements.delete(run.deallocates);
    // Redshift does not count what SELECT gives.
    this.#output.message({ type: 'CommandComplete', tag: tag.replace(/^SELECT \d+$/, 'SELECT') });
  }

  /** What the front has to know of the session's settings. To be called before the first message, too. */
  async readSettings(): Promise<void> {
    const names = ['enable_case_sensitive_identifier', 'describe_field_name_in_uppercase'];
    const [row] = await this.#dialogue.ask(
      `select ${names.map((name) => `pg_catalog.current_setting('redshift.${name}', true)`).join(', ')}`,
    );
    const isOn = (value: string | null | undefined): boolean => /^(on|true|t|1|yes)$/i.test(value ?? '');
    this.#caseSensitive = isOn(row?.[0]);
    this.#upperCase = isOn(row?.[1]);
  }
}

const statusOf = { idle: 'I', open: 'T', failed: 'E' } as const;

function givesRows({ fields, run }: Statement): boolean {
  return fields !== undefined && run?.rows !== 'drop';
}

const rewritesOf = (plans: readonly ColumnPlan[]): Rewrite[] => plans.map(({ rewrite }) => rewrite);

/** One format for each column; undefined: their number fits nothing. */
function eachFormat(formats: ArrayLike<number>, columns: number): Format[] | undefined {
  const of = (format: number | undefined): Format => (format === 1 ? 1 : 0);
  if (formats.length <= 1) return Array.from({ length: columns }, () => of(formats[0]));
  if (formats.length !== columns) return undefined;
  return Array.from(formats, of);
}
