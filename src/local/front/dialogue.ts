/**
 * The front's talk with a client's backend: what the engine says is told as Redshift would, and what the front itself
 * refuses fails on the engine too, so that the engine stays the only authority on transactions.
 */
import type { BackendMessage, FrontendMessage } from '../../protocol/messages.js';
import type { ClientOutput } from './client-output.js';
import type { AnswerRow, Refusal, SessionFacts } from '../dialect/plan.js';
import { type EngineConnection, EngineFailure, type EngineReply } from './engine-connection.js';
import { cancelled, clientFields, clientNotice, type Origin, refusalFields } from './errors-of-redshift.js';

/** A statement is over; the client gets these fields. */
export class Failed extends Error {
  readonly fields: Map<string, string>;

  constructor(fields: Map<string, string>) {
    super(fields.get('M'));
    this.fields = fields;
  }
}

export class Dialogue {
  readonly engine: EngineConnection;
  readonly #output: ClientOutput;
  /** What errors and notices of the engine belong to; undefined: to a statement of the front's own. */
  origin: Origin | undefined;
  /** The status that the last ReadyForQuery told, or would tell now. */
  transaction: SessionFacts['transaction'] = 'idle';
  /** Nothing of the client's in the open block of messages would be lost by a Sync. */
  clean = true;
  #refusals = 0;

  constructor(engine: EngineConnection, output: ClientOutput) {
    this.engine = engine;
    this.#output = output;
    engine.aside = {
      notice: (fields) => {
        const notice = clientNotice(fields, this.origin);
        if (notice) output.message({ type: 'NoticeResponse', fields: notice });
      },
      parameter: (name, value) => {
        const told = reported.get(name);
        if (told) output.message({ type: 'ParameterStatus', name, value: told(value) });
      },
    };
  }

  send(...messages: readonly FrontendMessage[]): void {
    this.engine.send([...messages, { type: 'Flush' }]);
  }

  /** The next reply. @throws Failed */
  async next(): Promise<Exclude<EngineReply, { type: 'ErrorResponse' }>> {
    try {
      return await this.engine.next();
    } catch (error) {
      throw this.#translated(error, this.origin);
    }
  }

  /** Reads up to a reply of this type. @throws Failed */
  async expect(type: BackendMessage['type']): Promise<void> {
    while ((await this.next()).type !== type);
  }

  /** Runs statements of the front's own; where they fail there is no place in the client's text to point at. */
  async own<T>(act: (engine: EngineConnection) => Promise<T>): Promise<T> {
    try {
      return await act(this.engine);
    } catch (error) {
      throw this.#translated(error, undefined);
    }
  }

  /** A question of the front's own. Where nothing would be lost it leaves no trace of a transaction. */
  async ask(sql: string, parameters: readonly string[] = []): Promise<AnswerRow[]> {
    return await this.own((engine) =>
      this.untouched ? engine.query(sql, parameters) : engine.ask(sql, parameters),
    );
  }

  /** Nothing of the client's is open on the engine. */
  get untouched(): boolean {
    return this.clean && this.transaction === 'idle';
  }

  /**
   * Makes the engine's transaction fail as well.
   * @param start where the refused statement begins in `text`
   * @returns what to throw
   */
  async refuse(refusal: Refusal, text: string, start: number): Promise<Failed> {
    const failed = this.transaction === 'failed';
    const statement = `\u0001refused${String(this.#refusals++)}`;
    this.send({ type: 'Parse', statement, sql: 'refused', parameterOids: [] });
    try {
      for (;;) await this.engine.next();
    } catch (error) {
      if (!(error instanceof EngineFailure) || error.fields.get('S') === 'FATAL') throw error;
    }
    // Only what cannot be parsed is told before that the transaction has failed.
    return new Failed(
      failed && refusal.sqlState !== '42601' ? new Map(aborted) : refusalFields(refusal, text, start),
    );
  }

  /** Tells the client what ended its statement. @throws what is no failure of a statement */
  tell(error: unknown): void {
    if (!(error instanceof Failed)) throw error;
    if (this.transaction === 'open') this.transaction = 'failed';
    this.#output.message({ type: 'ErrorResponse', fields: error.fields });
  }

  /** Sync, and what the transaction is then. */
  async endBlock(): Promise<void> {
    try {
      await this.engine.sync();
    } catch (error) {
      // What is checked at the end of a transaction fails here.
      this.tell(this.#translated(error, undefined));
    }
    const { status } = this.engine;
    this.transaction = status === 'I' ? 'idle' : status === 'T' ? 'open' : 'failed';
    this.clean = true;
  }

  /** Ends the running transaction, whether BEGIN or the block of messages began it. */
  async commit(): Promise<void> {
    if (this.transaction !== 'idle') await this.own((engine) => engine.ask('commit'));
    this.transaction = 'idle';
    await this.own((engine) => engine.sync());
  }

  #translated(error: unknown, origin: Origin | undefined): unknown {
    if (!(error instanceof EngineFailure) || error.fields.get('S') === 'FATAL') return error;
    return new Failed(cancelled(clientFields(error.fields, origin), this.engine.processId));
  }
}

const aborted: readonly (readonly [string, string])[] = [
  ['S', 'ERROR'],
  ['C', '25P02'],
  ['M', 'current transaction is aborted, commands ignored until end of transaction block'],
];

/** What Redshift reports when it changes, and how it writes it. */
const reported: ReadonlyMap<string, (value: string) => string> = new Map([
  ['client_encoding', (value: string) => (value === 'UTF8' ? 'UNICODE' : value)],
  ['DateStyle', (value: string) => value],
  ['TimeZone', (value: string) => value],
  ['application_name', (value: string) => value],
  ['session_authorization', (value: string) => value],
]);
