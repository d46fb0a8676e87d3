/**
 * A server in the same process that plays a transcript to transports without sockets, so that tens of thousands of
 * dialogues can be had in a minute. A plan says in what pieces its bytes arrive and what harm is done, at which byte.
 * It waits for nothing: every piece and every end comes in a turn of the event loop of its own.
 */
import { encodeBackend } from '../../src/protocol/backend.js';
import { describeMessage } from '../../src/protocol/describe.js';
import { FrontendFramer } from '../../src/protocol/frontend-framing.js';
import type { BackendMessage, FrontendMessage } from '../../src/protocol/messages.js';
import { ScramServer } from '../../src/protocol/scram-server.js';
import type { Transport, TransportHandler } from '../../src/transport/transport.js';
import { LoginHints } from './hints.js';
import { differences, type Captures } from './match.js';
import type { Harm, Mark, MemoryScript, Plan } from './memory-plan.js';
import type { Step } from './transcript.js';

type MemoryStep =
  Step | { readonly does: 'answer'; readonly line: number; answer(message: FrontendMessage): BackendMessage };

export class MemoryServer {
  readonly ends: MemoryEnd[] = [];
  readonly script: MemoryScript;
  readonly plan: Plan;
  /** What the client said that the transcript does not have. */
  readonly complaints: string[] = [];
  /** What the client threw into a callback of its socket. */
  readonly crashes: unknown[] = [];
  readonly captures: Captures = new Map();
  /** Deliveries that are due. */
  due = 0;

  constructor(script: MemoryScript, plan: Plan = {}) {
    this.script = script;
    this.plan = plan;
  }

  connect(): Transport {
    const end = new MemoryEnd(this, this.ends.length + 1);
    this.ends.push(end);
    return end;
  }

  /** A connection came a step further; others may have waited for that. */
  moved(): void {
    for (const end of this.ends) end.advance();
  }

  /** All that the transcript has was said. */
  get played(): boolean {
    return this.ends.length === this.script.connections.length && this.ends.every(({ played }) => played);
  }
}

export class MemoryEnd implements Transport {
  readonly secure: boolean;
  readonly private: boolean;
  readonly peer = 'memory:5439';
  /** All that is written leaves at once. */
  readonly unsent = 0;
  /** What the server said, message by message. */
  readonly marks: Mark[] = [];
  readonly messages: FrontendMessage[] = [];
  /** Bytes of the client, up to when it was told of the end. */
  readonly written: Uint8Array[] = [];
  /** Bytes of the transcript that the client has. */
  delivered = 0;
  /** How the client ended it. */
  over: 'no' | 'end' | 'destroy' = 'no';
  /** The client was told that the connection is gone. */
  told = false;
  /** Pieces that the client wrote after it had been told. */
  late = 0;
  struck = false;
  readonly #server: MemoryServer;
  readonly #index: number;
  readonly #steps: MemoryStep[];
  readonly #harm: Harm | undefined;
  readonly #hints = new LoginHints();
  readonly #framer: FrontendFramer;
  #handler: TransportHandler | undefined;
  #version = 0;
  #at = 0;
  #read = 0;
  #said: Uint8Array[] = [];
  #saidBytes = 0;
  #position = 0;
  #paused = false;
  #scheduled = false;
  #silent = false;
  #inserted: Uint8Array | undefined;
  /** The end that the client is told of as soon as all that was said has arrived. */
  #ending: { readonly cause: Error | undefined } | undefined;
  #advancing = false;
  #waiting = false;

  constructor(server: MemoryServer, index: number) {
    const { script, plan } = server;
    this.#server = server;
    this.#index = index;
    this.secure = script.secure;
    this.private = script.secure;
    const steps = script.connections[index - 1];
    if (steps === undefined) server.complaints.push(`connection ${String(index)} is not in the transcript`);
    this.#steps = (steps ?? []).flatMap((step) => this.#expand(step));
    this.#harm = plan.harm?.connection === index ? plan.harm : undefined;
    this.#framer = new FrontendFramer({
      startup: (message) => this.#take(message),
      message: (type, body) => this.#take(this.#hints.decode(type, body)),
    });
  }

  get played(): boolean {
    return this.#at >= this.#steps.length;
  }

  /** Neither side holds it any more: a socket closes itself when its other end did. */
  get closed(): boolean {
    return this.over === 'destroy' || this.told;
  }

  start(handler: TransportHandler): void {
    this.#handler = handler;
    this.advance();
    this.#schedule();
  }

  write(bytes: Uint8Array): void {
    if (this.over !== 'no' || this.told) {
      this.late++;
      return;
    }
    this.written.push(bytes);
    if (this.#silent || this.#ending !== undefined) return;
    try {
      this.#framer.push(bytes);
    } catch (error) {
      this.#complain(`the client spoke nonsense: ${String(error)}`);
    }
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#schedule();
  }

  ref(): void {
    // There is no handle that could keep the process alive.
  }

  unref(): void {
    // As ref().
  }

  end(): void {
    if (this.over === 'no') this.over = 'end';
    if (!this.#silent) this.#ending ??= { cause: undefined };
    this.#schedule();
  }

  destroy(): void {
    if (this.over === 'destroy') return;
    this.over = 'destroy';
    this.#server.moved();
    // Whoever destroys a socket is told of its end, too.
    this.#ending ??= { cause: undefined };
    this.#schedule();
  }

  /** Plays on as far as the client lets it. */
  advance(): void {
    if (this.#advancing) return;
    this.#advancing = true;
    const before = this.#at;
    while (this.#at < this.#steps.length && this.#perform(this.#steps[this.#at]!)) this.#at++;
    this.#advancing = false;
    if (this.#at > before && this.played) this.#server.moved();
  }

  #expand(step: Step): MemoryStep[] {
    const { line } = step;
    if (step.does === 'digest') {
      const salt = Uint8Array.from({ length: 16 }, (_, i) => i);
      const message = { type: 'AuthenticationDigest', algorithm: 0, salt, serverNonce: salt } as const;
      return [
        { line, does: 'say', message, times: 1 },
        { line, does: 'expect', pattern: 'DigestResponse ...' },
      ];
    }
    if (step.does !== 'scram') return [step];
    const scram = new ScramServer(this.#server.script.verifiers.get(step.password)!);
    return [
      { line, does: 'say', message: { type: 'AuthenticationSASL', mechanisms: ['SCRAM-SHA-256'] }, times: 1 },
      { line, does: 'expect', pattern: 'SASLInitialResponse ...' },
      {
        line,
        does: 'answer',
        answer: (first) => ({
          type: 'AuthenticationSASLContinue',
          data: scram.first((first as { data: Uint8Array }).data),
        }),
      },
      { line, does: 'expect', pattern: 'SASLResponse ...' },
      {
        line,
        does: 'answer',
        answer: (last) => ({
          type: 'AuthenticationSASLFinal',
          data: scram.final((last as { data: Uint8Array }).data),
        }),
      },
    ];
  }

  /** @returns false when it has to wait */
  #perform(step: MemoryStep): boolean {
    switch (step.does) {
      case 'expect': {
        const message = this.messages[this.#read];
        if (message === undefined) return false;
        const type = step.pattern.split(' ', 1)[0];
        if (message.type === 'Terminate' && type !== 'Terminate') return false;
        const wrong =
          this.#server.plan.strict === true ? differences(step.pattern, message, this.#server.captures) : [];
        if (message.type !== type || wrong.length > 0) {
          this.#complain(
            `line ${String(step.line)}: expected ${step.pattern}, heard ${describeMessage(message, { limit: 200 })} ${wrong.join('; ')}`,
          );
          this.#at = Infinity;
          return false;
        }
        this.#read++;
        return true;
      }
      case 'say':
        for (let time = 0; time < step.times; time++) this.#say(step.message);
        return true;
      case 'answer':
        this.#say(step.answer(this.messages[this.#read - 1]!));
        return true;
      case 'raw':
        this.#push(step.bytes);
        return true;
      case 'version':
        this.#version = step.value;
        return true;
      case 'await': {
        const other = this.#server.ends[step.value - 1];
        return other !== undefined && other.played;
      }
      case 'wait':
        if (this.#waiting) return false;
        this.#waiting = true;
        setTimeout(() => {
          this.#waiting = false;
          this.#at++;
          this.advance();
        }, step.value);
        return false;
      case 'cut':
      case 'halfclose':
        this.#ending ??= { cause: undefined };
        this.#schedule();
        return true;
      case 'reset':
        this.#ending ??= { cause: reset() };
        this.#schedule();
        return true;
      case 'silence':
        this.#silent = true;
        return true;
      case 'tls':
      case 'split':
        return true;
      case 'scram':
      case 'digest':
        throw new Error('expanded before');
    }
  }

  #say(message: BackendMessage): void {
    this.#hints.note(message);
    if (message.type === 'ParameterStatus' && message.name === 'server_protocol_version') {
      this.#version = Number(message.value);
    }
    const bytes = encodeBackend(message, this.#version);
    this.marks.push({ at: this.#position, end: this.#position + bytes.length, message });
    this.#push(bytes);
  }

  #push(bytes: Uint8Array): void {
    this.#position += bytes.length;
    this.#said.push(bytes);
    this.#saidBytes += bytes.length;
    this.#schedule();
  }

  #take(message: FrontendMessage): void {
    this.messages.push(message);
    const harm = this.#harm;
    if (harm !== undefined && 'messages' in harm.when && harm.when.messages === this.messages.length)
      this.#strike(harm);
    if (!this.#silent && this.#ending === undefined) {
      // A client may take its leave at any time.
      if (this.played && this.#at !== Infinity && message.type !== 'Terminate') {
        this.#complain(`nobody expected ${message.type}`);
      } else this.advance();
    }
    this.#schedule();
  }

  #complain(text: string): void {
    this.#server.complaints.push(text);
  }

  #schedule(): void {
    if (this.#scheduled || this.#handler === undefined) return;
    this.#scheduled = true;
    this.#server.due++;
    setImmediate(() => {
      this.#scheduled = false;
      this.#server.due--;
      try {
        this.#deliver(this.#handler!);
      } catch (error) {
        this.#server.crashes.push(error);
      }
    });
  }

  /** One piece, or the end. */
  #deliver(handler: TransportHandler): void {
    if (this.over === 'destroy' && !this.told) {
      this.told = true;
      handler.closed(undefined);
    }
    if (this.told || this.#silent || this.#paused) return;
    const harm = this.#harm;
    const mask = typeof harm?.does === 'object' && 'mask' in harm.does ? harm.does.mask : 0;
    const at = harm !== undefined && !this.struck && 'bytes' in harm.when ? harm.when.bytes : Infinity;
    const strikeAt = mask === 0 ? at : Infinity;
    // What nobody asked for comes behind the client's first word, as a server that speaks first is none.
    const early = typeof harm?.does === 'object' && this.messages.length === 0;
    if (harm !== undefined && strikeAt === this.delivered && !early) {
      this.#strike(harm);
      if (harm.does === 'silence') return;
    }
    const inserted = this.#inserted ?? new Uint8Array();
    const joined = typeof harm?.does === 'object' && 'insert' in harm.does && harm.does.joined;
    const { pieces } = this.#server.plan;
    const planned = pieces === undefined ? Infinity : pieces(this.delivered, this.#index) - this.delivered;
    const count =
      inserted.length > 0 && !joined
        ? 0
        : Math.min(
            this.#saidBytes,
            Math.max(1, planned),
            strikeAt > this.delivered ? strikeAt - this.delivered : Infinity,
          );
    const piece = Buffer.concat([inserted, this.#shift(count)]);
    this.#inserted = undefined;
    if (piece.length > 0) {
      if (mask !== 0 && at >= this.delivered && at < this.delivered + count) {
        this.struck = true;
        this.#server.plan.onHarm?.();
        piece[at - this.delivered] = piece[at - this.delivered]! ^ mask;
      }
      this.delivered += count;
      // The next piece, and the end behind it, come whatever the client makes of this one.
      if (this.#saidBytes > 0 || this.#ending !== undefined || this.delivered === strikeAt) this.#schedule();
      handler.data(piece);
      // As a read buffer that is used again: who kept a view of it reads this.
      piece.fill(0xaa);
      return;
    }
    if (this.#ending === undefined) return;
    this.told = true;
    handler.closed(this.#ending.cause);
  }

  #shift(count: number): Uint8Array {
    if (count === 0) return new Uint8Array();
    const all = this.#said.length === 1 ? this.#said[0]! : Buffer.concat(this.#said);
    this.#said = count === all.length ? [] : [all.subarray(count)];
    this.#saidBytes -= count;
    return all.subarray(0, count);
  }

  #strike(harm: Harm): void {
    if (this.struck) return;
    this.struck = true;
    this.#server.plan.onHarm?.();
    const { does } = harm;
    if (does === 'silence') this.#silent = true;
    else if (does === 'fin' || does === 'rst') {
      this.#said = [];
      this.#saidBytes = 0;
      this.#ending = { cause: does === 'rst' ? reset() : undefined };
    } else if ('insert' in does) this.#inserted = does.insert;
    this.#schedule();
  }
}

function reset(): Error {
  return Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET', syscall: 'read' });
}
