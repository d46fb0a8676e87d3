/** The way down for conversations: whole blocks of messages in one write, and what they may know of the session. */
import { encodeFrontendAll } from '../protocol/frontend.js';
import type { OutgoingMessage, TransactionStatus } from '../protocol/messages.js';
import type { Transport } from '../transport/transport.js';
import type { Channel } from './conversation.js';
import type { Counters } from './counters.js';
import type { OwnStatements } from './own-statements.js';
import type { ServerParameters } from './parameters.js';
import type { Reader } from './reader.js';
import type { StatementCache } from './statements.js';

export class SessionChannel implements Channel {
  readonly statements: StatementCache;
  readonly #transport: Transport;
  readonly #reader: Reader;
  readonly #counters: Counters;
  readonly #own: OwnStatements;
  #closed = false;

  constructor(
    transport: Transport,
    reader: Reader,
    statements: StatementCache,
    counters: Counters,
    own: OwnStatements,
  ) {
    this.statements = statements;
    this.#transport = transport;
    this.#reader = reader;
    this.#counters = counters;
    this.#own = own;
  }

  get server(): ServerParameters {
    return this.#reader.parameters.server;
  }

  get status(): TransactionStatus {
    return this.#reader.status;
  }

  get followed(): boolean {
    return this.#reader.owed;
  }

  /** @throws before a byte is written when one of the messages cannot be encoded */
  send(messages: readonly OutgoingMessage[], execution?: Uint8Array, held = false): void {
    if (this.#closed) return;
    let bytes = execution;
    if (messages.length > 0) {
      bytes = encodeFrontendAll(messages);
      for (const message of messages) {
        if (message.type === 'Sync' || message.type === 'Query') this.#reader.owe();
        else if (message.type === 'Close') this.statements.told(message.name);
      }
      if (execution !== undefined) bytes = Buffer.concat([bytes, execution]);
    }
    if (bytes === undefined) return;
    if (execution !== undefined) this.#reader.owe();
    this.#counters.bytesSent += bytes.length;
    this.#transport.write(bytes, held);
    this.#own.sent();
  }

  own(sql: string): () => void {
    return this.#own.begin(sql);
  }

  expectRows(columns: number): void {
    this.#reader.expectRows(columns);
  }

  /** Nothing is sent any more. */
  close(): void {
    this.#closed = true;
  }
}
