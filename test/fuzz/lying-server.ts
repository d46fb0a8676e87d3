/**
 * A server of a toy SQL that answers as the protocol says, until the plan makes it lie: messages left out, said twice, put
 * in, mangled, late, or the connection cut. It keeps every byte that it said.
 *
 *   rows N tag   N rows of text, each with the tag in it
 *   fail         an error
 *   hang         nothing, until it is cancelled
 *   anything else gives no rows
 */
import { encodeBackend } from '../../src/protocol/backend.js';
import { FrontendFramer } from '../../src/protocol/frontend-framing.js';
import { decodeFrontend } from '../../src/protocol/frontend.js';
import type {
  BackendMessage,
  FieldDescription,
  FrontendMessage,
  TransactionStatus,
} from '../../src/protocol/messages.js';
import { mangleBytes } from './mangle.js';
import { Random } from './random.js';
import { kinds, randomMessage } from './server-messages.js';

export const lies = [
  'drop',
  'twice',
  'insert',
  'mangle',
  'swap',
  'cut',
  'reset',
  'silence',
  'late',
  'notice',
  'parameter',
] as const;

export interface Lie {
  /** Which of its messages, counted from 0. */
  readonly at: number;
  readonly does: (typeof lies)[number];
  readonly seed: number;
}

/** The server's end of a connection, whatever carries it. */
export interface Pipe {
  say(bytes: Uint8Array): void;
  /** FIN or RST. */
  close(how: 'fin' | 'rst'): void;
}

export interface ServerPlan {
  readonly lies: readonly Lie[];
  /** It takes cancel requests and does as it is asked. */
  readonly cancels: boolean;
}

const columns: readonly FieldDescription[] = ['tag', 'text'].map((name) => ({
  name,
  tableOid: 0,
  attributeNumber: 0,
  typeOid: 25,
  typeSize: -1,
  typeModifier: -1,
  format: 0,
}));

export class LyingServer {
  /** All that was said. */
  readonly said: Buffer[] = [];
  /** Something was said or left out that no honest server would: what the client was told may mean anything. */
  lied = false;
  onCancel: () => void = () => undefined;
  readonly #pipe: Pipe;
  readonly #plan: ServerPlan;
  #count = 0;
  #held: Buffer | undefined;
  #over = false;
  #silent = false;
  #status: TransactionStatus = 'I';
  #skipping = false;
  #hanging = false;
  #work: FrontendMessage[] = [];
  #timer: NodeJS.Timeout | undefined;
  #late: Buffer[] | undefined;
  readonly #statements = new Map<string, string>();
  #bound = '';
  readonly #framer = new FrontendFramer({
    startup: (message) => {
      if (message.type === 'StartupMessage') this.#login();
      else if (message.type === 'CancelRequest') {
        if (this.#plan.cancels) this.onCancel();
        this.close('fin');
      } else this.#pipe.say(Buffer.from('N'));
    },
    message: (type, body) => {
      this.#work.push(decodeFrontend(type, body));
      this.#run();
    },
  });

  constructor(pipe: Pipe, plan: ServerPlan) {
    this.#pipe = pipe;
    this.#plan = plan;
  }

  hear(bytes: Uint8Array): void {
    if (this.#over) return;
    try {
      this.#framer.push(bytes);
    } catch {
      // A client that was lied to may say anything at the end.
      this.close('rst');
    }
  }

  close(how: 'fin' | 'rst'): void {
    if (this.#over) return;
    this.#over = true;
    clearTimeout(this.#timer);
    this.#pipe.close(how);
  }

  /** Somebody asked to cancel what hangs. */
  cancel(): void {
    if (!this.#hanging) return;
    this.#hanging = false;
    this.#fail('57014');
    this.#run();
  }

  #login(): void {
    for (const message of [
      { type: 'AuthenticationOk' },
      { type: 'ParameterStatus', name: 'server_protocol_version', value: '2' },
      { type: 'ParameterStatus', name: 'client_encoding', value: 'UTF8' },
      { type: 'BackendKeyData', processId: 7, secretKey: 9 },
      { type: 'ReadyForQuery', status: 'I' },
    ] as const)
      this.#tell(message);
  }

  #run(): void {
    while (!this.#hanging && !this.#over) {
      const next = this.#work.shift();
      if (next === undefined) return;
      if (next.type === 'Sync') {
        this.#skipping = false;
        this.#tell({ type: 'ReadyForQuery', status: this.#status });
      } else if (!this.#skipping) this.#answer(next);
    }
  }

  #answer(message: FrontendMessage): void {
    switch (message.type) {
      case 'Parse':
        this.#statements.set(message.statement, message.sql);
        return this.#tell({ type: 'ParseComplete' });
      case 'Describe': {
        const sql = message.target === 'statement' ? (this.#statements.get(message.name) ?? '') : this.#bound;
        if (message.target === 'statement') this.#tell({ type: 'ParameterDescription', typeOids: [] });
        return this.#tell(
          sql.startsWith('rows') ? { type: 'RowDescription', fields: columns } : { type: 'NoData' },
        );
      }
      case 'Bind': {
        const sql = this.#statements.get(message.statement);
        if (sql === undefined) return this.#fail('26000');
        this.#bound = sql;
        return this.#tell({ type: 'BindComplete' });
      }
      case 'Execute':
        return this.#execute(this.#bound);
      case 'Close':
        this.#statements.delete(message.name);
        return this.#tell({ type: 'CloseComplete' });
      case 'Query':
        for (const sql of message.sql.split(';').map((each) => each.trim())) {
          if (sql.startsWith('rows')) this.#tell({ type: 'RowDescription', fields: columns });
          if (!this.#skipping) this.#execute(sql);
        }
        this.#skipping = false;
        return this.#tell({ type: 'ReadyForQuery', status: this.#status });
      case 'Terminate':
        return this.close('fin');
      default:
    }
  }

  #execute(sql: string): void {
    const [word, count = '0', tag = ''] = sql.split(' ');
    switch (word) {
      case 'begin':
        this.#status = 'T';
        return this.#tell({ type: 'CommandComplete', tag: 'BEGIN' });
      case 'commit':
      case 'rollback':
        this.#status = 'I';
        return this.#tell({ type: 'CommandComplete', tag: word.toUpperCase() });
      case 'fail':
        return this.#fail('22012');
      case 'hang':
        this.#hanging = true;
        return;
      case 'rows':
        for (let row = 0; row < Number(count); row++) {
          this.#tell({
            type: 'DataRow',
            values: [
              Buffer.from(`${tag}:${String(row)}`),
              row % 3 === 0 ? null : Buffer.from('x'.repeat(row * 7)),
            ],
          });
        }
        return this.#tell({ type: 'CommandComplete', tag: 'SELECT' });
      default:
        return this.#tell({ type: 'CommandComplete', tag: 'SET' });
    }
  }

  #fail(sqlState: string): void {
    this.#skipping = true;
    if (this.#status === 'T') this.#status = 'E';
    this.#tell({
      type: 'ErrorResponse',
      fields: new Map([
        ['S', 'ERROR'],
        ['C', sqlState],
        ['M', 'no'],
      ]),
    });
  }

  #tell(message: BackendMessage): void {
    const bytes = Buffer.from(encodeBackend(message, 2));
    const at = this.#count++;
    const lie = this.#plan.lies.find((each) => each.at === at);
    if (lie === undefined) return this.#say(bytes);
    const random = new Random(lie.seed);
    if (!['late', 'notice', 'parameter'].includes(lie.does)) this.lied = true;
    switch (lie.does) {
      case 'drop':
        return;
      case 'twice':
        this.#say(bytes);
        return this.#say(bytes);
      case 'insert':
        this.#say(Buffer.from(encodeBackend(randomMessage(random, 2, random.pick(kinds), 2), 2)));
        return this.#say(bytes);
      case 'mangle':
        return this.#say(mangleBytes(random, bytes, ['\0', 'Z\0\0\0\u0005I', '\u007f', 'D']));
      case 'swap':
        this.#held = bytes;
        return;
      case 'cut':
        this.#say(bytes.subarray(0, random.below(bytes.length + 1)));
        return this.close('fin');
      case 'reset':
        this.#say(bytes.subarray(0, random.below(bytes.length + 1)));
        return this.close('rst');
      case 'silence':
        this.#silent = true;
        return;
      case 'late':
        this.#late ??= [];
        this.#say(bytes);
        this.#timer ??= setTimeout(() => this.#deliver(), random.below(30));
        return;
      case 'notice':
        this.#say(
          Buffer.from(
            encodeBackend(
              {
                type: 'NoticeResponse',
                fields: new Map([
                  ['S', 'INFO'],
                  ['M', 'by the way'],
                ]),
              },
              2,
            ),
          ),
        );
        return this.#say(bytes);
      case 'parameter':
        this.#say(Buffer.from(encodeBackend({ type: 'ParameterStatus', name: 'TimeZone', value: 'UTC' }, 2)));
        return this.#say(bytes);
    }
  }

  #deliver(): void {
    const late = this.#late ?? [];
    this.#late = undefined;
    this.#timer = undefined;
    for (const bytes of late) this.#out(bytes);
  }

  #say(bytes: Buffer): void {
    if (this.#silent) return;
    if (this.#late !== undefined) this.#late.push(bytes);
    else this.#out(bytes);
    const held = this.#held;
    this.#held = undefined;
    if (held !== undefined) this.#say(held);
  }

  #out(bytes: Buffer): void {
    if (this.#over || bytes.length === 0) return;
    this.said.push(bytes);
    this.#pipe.say(bytes);
  }
}
