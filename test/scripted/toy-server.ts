/**
 * A server on a real socket that answers any statement of a toy SQL by the rules of the protocol, for tests of what is
 * seen of many different calls. Faults of the protocol itself are scripts of their own.
 *
 *   rows N            N rows of one column with the text `seven`, then the tag SELECT
 *   fail …            an error, 22012
 *   hang              nothing, until it is cancelled
 *   notice …          a notice with the text, then no rows
 *   cut               the connection ends
 *   anything else     no rows; the tag is the first word in capitals
 */
import type { BackendMessage, FrontendMessage, TransactionStatus } from '../../src/protocol/messages.js';
import type { Peer } from './peer.js';
import { startScriptedServer, type ScriptedServer, type ScriptedServerOptions } from './server.js';

export interface ToyServer extends ScriptedServer {
  /** SQL texts in the order in which they were executed. */
  readonly executed: readonly string[];
  /** Cancel requests that came. */
  readonly cancels: number;
}

export interface ToyOptions extends ScriptedServerOptions {
  /** What the server does before AuthenticationOk; nothing unless given. */
  readonly login?: (peer: Peer) => Promise<void>;
  readonly secretKey?: number;
  /** A cancel request is not obeyed. */
  readonly stubborn?: boolean;
}

export async function startToyServer(options: ToyOptions = {}): Promise<ToyServer> {
  const state = { executed: [] as string[], cancels: 0, backends: new Map<number, ToyBackend>() };
  const server = await startScriptedServer(
    async (peer) => {
      const first = await peer.next();
      if (first === undefined) return;
      if (first.type === 'CancelRequest') {
        state.cancels++;
        if (options.stubborn !== true) state.backends.get(first.processId)?.cancel();
        peer.close();
        return;
      }
      const processId = 100 + peer.index;
      const backend = new ToyBackend(peer, state.executed);
      state.backends.set(processId, backend);
      await options.login?.(peer);
      await peer.say(
        'AuthenticationOk',
        'ParameterStatus name="server_protocol_version" value="2"',
        { type: 'BackendKeyData', processId, secretKey: options.secretKey ?? 4711 },
        'ReadyForQuery status="I"',
      );
      await backend.serve();
    },
    { patience: 60_000, ...options },
  );
  return {
    ...server,
    executed: state.executed,
    get cancels() {
      return state.cancels;
    },
  };
}

class ToyBackend {
  readonly #peer: Peer;
  readonly #executed: string[];
  readonly #statements = new Map<string, string>();
  #bound = '';
  #status: TransactionStatus = 'I';
  #skipping = false;
  #cancel: (() => void) | undefined;

  constructor(peer: Peer, executed: string[]) {
    this.#peer = peer;
    this.#executed = executed;
  }

  cancel(): void {
    this.#cancel?.();
  }

  async serve(): Promise<void> {
    for (;;) {
      const message = await this.#peer.next();
      if (message === undefined || message.type === 'Terminate') return;
      if (message.type === 'Sync') {
        this.#skipping = false;
        await this.#peer.say({ type: 'ReadyForQuery', status: this.#status });
      } else if (!this.#skipping && !(await this.#answer(message))) return;
    }
  }

  /** False: the connection is over. */
  async #answer(message: FrontendMessage): Promise<boolean> {
    switch (message.type) {
      case 'Parse':
        this.#statements.set(message.statement, message.sql);
        await this.#peer.say('ParseComplete');
        return true;
      case 'Describe': {
        const statement = message.target === 'statement';
        const sql = statement ? this.#statements.get(message.name)! : this.#bound;
        if (statement) await this.#peer.say({ type: 'ParameterDescription', typeOids: [] });
        await this.#peer.say(hasRows(sql) ? columns : { type: 'NoData' });
        return true;
      }
      case 'Bind':
        this.#bound = this.#statements.get(message.statement) ?? '';
        await this.#peer.say('BindComplete');
        return true;
      case 'Execute':
        return this.#execute(this.#bound, false);
      case 'Close':
        await this.#peer.say('CloseComplete');
        return true;
      case 'Query':
        for (const sql of message.sql.split(';').map((one) => one.trim())) {
          if (!(await this.#execute(sql, true))) return false;
          if (this.#skipping) break;
        }
        this.#skipping = false;
        await this.#peer.say({ type: 'ReadyForQuery', status: this.#status });
        return true;
      default:
        return true;
    }
  }

  async #execute(sql: string, simple: boolean): Promise<boolean> {
    this.#executed.push(sql);
    const [word = '', argument = ''] = sql.split(' ');
    switch (word.toLowerCase()) {
      case 'begin':
        this.#status = 'T';
        break;
      case 'commit':
      case 'rollback':
        this.#status = 'I';
        break;
      case 'rows': {
        if (simple) await this.#peer.say(columns);
        const row = this.#peer.encode({ type: 'DataRow', values: [Buffer.from('seven')] });
        await this.#peer.write(Buffer.concat(new Array<Uint8Array>(Number(argument)).fill(row)));
        await this.#peer.say('CommandComplete tag="SELECT"');
        return true;
      }
      case 'fail':
        await this.#fail('22012', sql.slice(5) || 'division by zero');
        return true;
      case 'hang':
        await new Promise<void>((resolve) => {
          this.#cancel = resolve;
          void this.#peer.ended.then(resolve);
        });
        this.#cancel = undefined;
        await this.#fail('57014', 'canceled on user request');
        return true;
      case 'notice':
        await this.#peer.say({
          type: 'NoticeResponse',
          fields: new Map([
            ['S', 'INFO'],
            ['C', '00000'],
            ['M', sql.slice(7)],
          ]),
        });
        break;
      case 'cut':
        this.#peer.cut();
        return false;
      default:
    }
    await this.#peer.say({ type: 'CommandComplete', tag: word.toUpperCase() });
    return true;
  }

  async #fail(sqlState: string, text: string): Promise<void> {
    this.#skipping = true;
    if (this.#status === 'T') this.#status = 'E';
    await this.#peer.say({
      type: 'ErrorResponse',
      fields: new Map([
        ['S', 'ERROR'],
        ['C', sqlState],
        ['M', text],
      ]),
    });
  }
}

const hasRows = (sql: string): boolean => /^(rows|hang|fail)/.test(sql);

/** Of a type whose text and binary forms are the same. */
const columns: BackendMessage = {
  type: 'RowDescription',
  fields: [
    {
      name: 'n',
      tableOid: 0,
      attributeNumber: 0,
      typeOid: 1043,
      typeSize: -1,
      typeModifier: -1,
      format: 0,
    },
  ],
};
