/**
 * A server on a real socket that follows a script: a transcript, or a function that is given each connection. It never
 * improvises: what the script does not say is a failure, which `done()` reports.
 */
import { createServer, type AddressInfo } from 'node:net';
import { Peer, ScriptError, type ServerIdentity } from './peer.js';
import { play } from './play.js';
import { parseTranscript } from './transcript.js';

export type Script = (peer: Peer) => Promise<void> | void;

export interface ScriptedServerOptions {
  readonly tls?: ServerIdentity | undefined;
  /** Listen on a Unix socket of this path. */
  readonly path?: string | undefined;
  /** Milliseconds that a client may take for its next message; 5,000. */
  readonly patience?: number;
}

export interface ScriptedServer {
  readonly host: string;
  readonly port: number;
  /** The Unix socket, if it is one. */
  readonly path: string | undefined;
  /** Connections in the order in which they came; each has `received`, `messages` and `dialogue`. */
  readonly connections: readonly Peer[];
  /**
   * Resolves when the script was played: a transcript, all its connections; a function, all the connections that
   * came so far. Rejects with the first thing that the client did otherwise.
   */
  done(): Promise<void>;
  /** Ends everything at once. */
  close(): Promise<void>;
}

/** @param script a transcript (see transcript.ts), or what to do with each connection */
export async function startScriptedServer(
  script: string | Script,
  options: ScriptedServerOptions = {},
): Promise<ScriptedServer> {
  const patience = options.patience ?? 5000;
  const run = new ScriptRun(script, patience);
  const connections: Peer[] = [];
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    const peer = new Peer(socket, connections.length + 1, { tls: options.tls, patience });
    connections.push(peer);
    run.start(peer);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    if (options.path === undefined) server.listen(0, '127.0.0.1', resolve);
    else server.listen(options.path, resolve);
  });
  const address = server.address();
  const port = typeof address === 'object' ? (address as AddressInfo).port : 0;
  return {
    host: '127.0.0.1',
    port,
    path: options.path,
    connections,
    done: () => run.done(),
    async close() {
      run.stop();
      for (const peer of connections) peer.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** Which connections were played, and what went wrong. */
class ScriptRun {
  readonly #play: Script;
  readonly #wanted: number;
  readonly #patience: number;
  readonly #failures: Error[] = [];
  readonly #played = new Set<number>();
  readonly #listeners = new Set<() => void>();
  #started = 0;
  #stopped = false;

  constructor(script: string | Script, patience: number) {
    this.#patience = patience;
    if (typeof script === 'function') {
      this.#play = script;
      this.#wanted = 0;
      return;
    }
    const transcript = parseTranscript(script);
    this.#wanted = transcript.length;
    this.#play = (peer) => {
      const steps = transcript[peer.index - 1];
      if (steps === undefined) {
        throw new ScriptError(
          `The client opened connection ${String(peer.index)}, which the transcript does not have`,
        );
      }
      return play(peer, steps, (index) =>
        this.#until(() => this.#played.has(index), `connection ${String(index)}`),
      );
    };
  }

  start(peer: Peer): void {
    this.#started++;
    void this.#run(peer);
  }

  stop(): void {
    this.#stopped = true;
    this.#changed();
  }

  async done(): Promise<void> {
    const all = (): boolean =>
      this.#failures.length > 0 || this.#played.size >= Math.max(this.#wanted, this.#started);
    await this.#until(all, 'the rest of the script');
    const [first] = this.#failures;
    if (first !== undefined) throw first;
  }

  async #run(peer: Peer): Promise<void> {
    try {
      await this.#play(peer);
      this.#played.add(peer.index);
      this.#changed();
      await peer.rest();
      peer.close();
    } catch (error) {
      // A client that waits for an answer shall not wait for ever.
      peer.destroy();
      if (!this.#stopped) this.#failures.push(error as Error);
      this.#changed();
    }
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }

  async #until(condition: () => boolean, what: string): Promise<void> {
    if (condition()) return;
    await new Promise<void>((resolve, reject) => {
      const settle = (end: () => void): void => {
        clearTimeout(timer);
        this.#listeners.delete(check);
        end();
      };
      const late = (): void =>
        settle(() => reject(new ScriptError(`${what} was not played within ${String(this.#patience)} ms`)));
      const timer = setTimeout(late, this.#patience);
      const check = (): void => {
        if (condition()) settle(resolve);
        else if (this.#stopped) {
          settle(() => reject(new ScriptError(`The server was closed before ${what} was played`)));
        }
      };
      this.#listeners.add(check);
    });
  }
}
