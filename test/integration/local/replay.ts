/**
 * Says a dialogue's client half to a server and compares what the server answers: types, order, and every value that is
 * not the server's own to choose (OIDs of tables, process ids, positions in its sources).
 */
import { connect as connectSocket, type Socket } from 'node:net';
import { decodeBackend } from '../../../src/protocol/backend.js';
import { parseMessage } from '../../../src/protocol/describe.js';
import { encodeFrontend } from '../../../src/protocol/frontend.js';
import type { BackendMessage, FieldDescription } from '../../../src/protocol/messages.js';
import type { Transcript } from '../../scripted/transcript.js';

/** What a dialogue leaves open and what differs on this server. */
export interface Replay {
  /** Run before, by the simple protocol. */
  readonly setup?: string;
  /** What `$name` stands for in what the client says, as it would be written there. */
  readonly names?: Readonly<Record<string, string>>;
  /** What each `*` in a list of values stands for, in order. */
  readonly values?: readonly string[];
  readonly resultFormats?: string;
  /** The server's words where they may differ: by what the dialogue has. */
  readonly words?: Readonly<Record<string, string>>;
}

/** Messages of a server, one after the other. */
export class RawClient {
  readonly #socket: Socket;
  readonly #messages: BackendMessage[] = [];
  #bytes = Buffer.alloc(0);
  #wake: (() => void) | undefined;
  #ended = false;
  version = 0;

  private constructor(socket: Socket) {
    this.#socket = socket;
    const wake = (): void => {
      this.#ended = true;
      this.#wake?.();
    };
    socket.on('data', (chunk) => this.#received(chunk));
    socket.on('error', wake);
    socket.on('close', wake);
  }

  static async open(host: string, port: number): Promise<RawClient> {
    const socket = connectSocket({ host, port, noDelay: true });
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    return new RawClient(socket);
  }

  say(line: string): void {
    this.#socket.write(encodeFrontend(parseMessage(line) as never));
  }

  /** @returns undefined when the server has hung up */
  async next(): Promise<BackendMessage | undefined> {
    for (;;) {
      const message = this.#messages.shift();
      if (message !== undefined || this.#ended) return message;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  async upTo(type: BackendMessage['type']): Promise<BackendMessage[]> {
    const said: BackendMessage[] = [];
    for (;;) {
      const message = await this.next();
      if (message === undefined) throw new Error(`The server hung up before ${type}`);
      said.push(message);
      if (message.type === type) return said;
    }
  }

  end(): void {
    this.#socket.destroy();
  }

  #received(chunk: Buffer): void {
    this.#bytes = Buffer.concat([this.#bytes, chunk]);
    let at = 0;
    while (this.#bytes.length - at >= 5) {
      const end = at + 1 + this.#bytes.readInt32BE(at + 1);
      if (end > this.#bytes.length) break;
      const message = decodeBackend(
        this.#bytes[at]!,
        Buffer.from(this.#bytes.subarray(at + 5, end)),
        this.version,
      );
      if (message.type === 'ParameterStatus' && message.name === 'server_protocol_version') {
        this.version = Number(message.value);
      }
      this.#messages.push(message);
      at = end;
    }
    this.#bytes = this.#bytes.subarray(at);
    this.#wake?.();
  }
}

/** Plays the first connection of a dialogue; gives what differed, one line each. */
export async function replay(
  client: RawClient,
  transcript: Transcript,
  { names = {}, values = [], resultFormats = '[]', words = {} }: Replay,
): Promise<string[]> {
  const left = [...values];
  const differences: string[] = [];
  for (const step of transcript[0] ?? []) {
    if (step.does === 'expect') {
      const line = step.pattern
        .replace(/ \.\.\.$/, '')
        .replace(/resultFormats=\*/, `resultFormats=${resultFormats}`)
        .replace(/resultFormats=\[([^\]]*)\]/, (list) => list.replaceAll('*', '0'))
        .replace('parameterFormats=*', 'parameterFormats=[]')
        .replace(/values=\[[^\]]*\]/, (list) => list.replaceAll('*', () => left.shift() ?? 'null'))
        .replace('values=*', () => `values=${left.shift() ?? '[]'}`)
        .replace(/(\w+)=\*/g, '$1="s0"')
        .replace(/=\$(\w+)/g, (_whole, name: string) => `=${names[name] ?? JSON.stringify(name)}`);
      client.say(line === 'StartupMessage' ? startup(transcript) : line);
    } else if (step.does === 'say') {
      if (isOwn(step.message)) continue;
      for (let time = 0; time < step.times; time++) {
        let answer = await client.next();
        while (answer !== undefined && isOwn(answer)) answer = await client.next();
        const found = compare(step.message, answer, words);
        differences.push(...found.map((text) => `line ${String(step.line)}: ${text}`));
        if (differences.length > 5 || (found.length > 0 && answer?.type !== step.message.type))
          return differences;
      }
    }
  }
  return differences;
}

/** The usual login asks for the protocol version that the dialogue's server has. */
function startup(transcript: Transcript): string {
  const version = (transcript[0] ?? [])
    .flatMap((step) => (step.does === 'say' ? [step.message] : []))
    .find((message) => message.type === 'ParameterStatus' && message.name === 'server_protocol_version');
  const asked = version?.type === 'ParameterStatus' ? version.value : '0';
  return `StartupMessage user="alice" database="dev" client_protocol_version="${asked}"`;
}

/** What a server tells of itself: told in its own order, looked at elsewhere. */
const isOwn = ({ type }: BackendMessage): boolean =>
  type === 'ParameterStatus' || type === 'BackendKeyData' || type === 'NoticeResponse';

function compare(
  expected: BackendMessage,
  actual: BackendMessage | undefined,
  words: Readonly<Record<string, string>>,
): string[] {
  if (actual?.type !== expected.type) {
    return [`${expected.type} was expected, it is ${actual === undefined ? 'the end' : print(actual)}`];
  }
  const found: string[] = [];
  const same = (what: string, wanted: unknown, there: unknown): void => {
    if (print(wanted) !== print(there)) {
      found.push(`${what}: ${print(wanted)} was expected, it is ${print(there)}`);
    }
  };
  if (expected.type === 'ErrorResponse' && actual.type === 'ErrorResponse') {
    const message = expected.fields.get('M') ?? '';
    same('M', words[message] ?? message, actual.fields.get('M'));
    for (const code of ['S', 'C', 'P']) same(code, expected.fields.get(code), actual.fields.get(code));
  } else if (expected.type === 'RowDescription' && actual.type === 'RowDescription') {
    const given = (at: number): boolean => expected.fields[at]?.extended?.schema !== undefined;
    same(
      'fields',
      expected.fields.map((field, at) => comparable(field, given(at))),
      actual.fields.map((field, at) => comparable(field, given(at))),
    );
  } else same(expected.type, expected, actual);
  return found;
}

/** A column without what each server numbers for itself; metadata only where the dialogue has some. */
function comparable(field: FieldDescription, metadata: boolean): object {
  const { name, typeOid, typeModifier, format, extended } = field;
  const size = typeOid === 1700 ? {} : { typeSize: field.typeSize };
  return { name, typeOid, typeModifier, format, ...size, ...(metadata ? { extended } : {}) };
}

const print = (value: unknown): string => JSON.stringify(plain(value));

/** Bytes as hex: JSON would write a Buffer and a Uint8Array in two ways. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (Array.isArray(value)) return value.map(plain);
  if (value instanceof Map) return plain(Object.fromEntries(value));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, plain(part)]));
}
