/**
 * A proxy on loopback that does harm to the bytes between a client and a server, where it is told to, in either
 * direction. It knows nothing of messages; without a fault it changes nothing, the pace of the slower side included.
 *
 *   const proxy = await startProxy(server, { faults: (n) => (n === 1 ? { toClient: { does: 'cut', at: 100, how: 'rst' } } : {}) });
 *   await connect({ ...options, host: proxy.host, port: proxy.port });
 *   proxy.swallowOlder();  proxy.cutAll('rst');  proxy.refusing = true;  proxy.open;  await proxy.close();
 */
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { FaultyStream, type Ending, type Fault } from './faults.js';
import type { ServerIdentity } from './peer.js';
import { reset } from './reset.js';

/** What passes through one connection, before any harm is done to it. */
export interface Listener {
  clientSays(chunk: Uint8Array): void;
  serverSays(chunk: Uint8Array): void;
  /** The connection was ended by the proxy, or TLS was. */
  note(what: 'cut' | 'reset' | 'halfclose' | 'tls'): void;
}

/** What to do to the bytes of one connection. */
export interface Faults {
  readonly toClient?: Fault | undefined;
  readonly toServer?: Fault | undefined;
}

export interface ProxyOptions {
  /** Asked once for each connection, when it comes; the first is 1. */
  readonly faults?: ((connection: number) => Faults) | undefined;
  /**
   * End TLS here, so that the bytes of the messages are what is counted; the server is spoken to in the clear. Without it
   * TLS passes through unread.
   */
  readonly tls?: ServerIdentity | undefined;
  readonly listen?: ((connection: number) => Listener) | undefined;
  /** Drop connections that are over from the list, so that a run of hours needs no more memory than one of a minute. */
  readonly forget?: boolean | undefined;
}

export interface Proxied {
  /** 1 for the first connection. */
  readonly number: number;
  /** Bytes that came, before any harm was done to them. */
  readonly fromClient: number;
  readonly fromServer: number;
  /** A socket of this connection, on either side, is not closed yet. */
  readonly open: boolean;
  /** Now: FIN or RST on both sides; `half`: FIN to the client, which is still listened to. */
  cut(how: Ending): void;
  /** From now on nothing passes, and nobody is told. */
  stall(): void;
}

export interface Proxy {
  readonly host: string;
  readonly port: number;
  /** All that ever came, in order; those that are over only until the next one comes, where they are to be forgotten. */
  readonly connections: readonly Proxied[];
  /** How many ever came. */
  readonly count: number;
  /** How many of them have a socket open, on either side. */
  readonly open: number;
  /** New connections are reset as soon as they come, as by a server that is down. */
  refusing: boolean;
  /** Nothing passes any more on what is connected now; connections that come later work. */
  swallowOlder(): void;
  cutAll(how: Ending): void;
  close(): Promise<void>;
}

/** @param target where the server listens; a Unix socket by its path */
export async function startProxy(
  target: { readonly host: string; readonly port: number } | { readonly path: string },
  options: ProxyOptions = {},
): Promise<Proxy> {
  const connections: Connection[] = [];
  const state = { refusing: false, count: 0 };
  const server = createServer({ allowHalfOpen: true }, (client) => {
    if (state.refusing) {
      client.on('error', () => undefined);
      client.resetAndDestroy();
      return;
    }
    const connection = new Connection(client, options, ++state.count);
    if (options.forget === true) {
      const alive = connections.filter(({ open }) => open);
      connections.splice(0, Infinity, ...alive);
    }
    connections.push(connection);
    void connection.run(target);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    host: '127.0.0.1',
    port: (server.address() as AddressInfo).port,
    connections,
    get count() {
      return state.count;
    },
    get open() {
      return connections.filter(({ open }) => open).length;
    },
    get refusing() {
      return state.refusing;
    },
    set refusing(value) {
      state.refusing = value;
    },
    swallowOlder() {
      for (const connection of connections) connection.stall();
    },
    cutAll(how) {
      for (const connection of connections) connection.cut(how);
    },
    async close() {
      for (const connection of connections) connection.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

class Connection implements Proxied {
  readonly number: number;
  fromClient = 0;
  fromServer = 0;
  readonly #plain: Socket;
  readonly #tls: ServerIdentity | undefined;
  readonly #listener: Listener | undefined;
  readonly #toClient: FaultyStream;
  readonly #toServer: FaultyStream;
  #client: Socket;
  #server: Socket | undefined;
  /** They were told that nothing more comes. */
  readonly #muted = new Set<Socket>();
  #stalled = false;
  #over = false;

  constructor(client: Socket, options: ProxyOptions, number: number) {
    this.number = number;
    this.#plain = client;
    this.#client = client;
    this.#tls = options.tls;
    this.#listener = options.listen?.(number);
    const { toClient, toServer } = options.faults?.(number) ?? {};
    this.#toClient = new FaultyStream(toClient);
    this.#toServer = new FaultyStream(toServer);
    prepare(client);
  }

  get open(): boolean {
    return !this.#plain.destroyed || this.#server?.destroyed === false;
  }

  async run(
    target: { readonly host: string; readonly port: number } | { readonly path: string },
  ): Promise<void> {
    try {
      if (this.#tls !== undefined) await this.#secure(this.#tls);
      const server = connect({ ...target, allowHalfOpen: true });
      this.#server = server;
      prepare(server);
      await Promise.all([
        this.#pump(this.#client, server, this.#toServer, (chunk) => {
          this.fromClient += chunk.length;
          this.#listener?.clientSays(chunk);
        }),
        this.#pump(server, this.#client, this.#toClient, (chunk) => {
          this.fromServer += chunk.length;
          this.#listener?.serverSays(chunk);
        }),
      ]);
    } catch {
      // One side broke: so does the other, as on a real network.
      if (!this.#stalled) this.#reset();
    }
  }

  cut(how: Ending): void {
    if (this.#over) return;
    if (how === 'half') return this.#halfClose(this.#client);
    this.#over = true;
    this.#listener?.note(how === 'fin' ? 'cut' : 'reset');
    if (how === 'rst') this.#reset();
    else {
      this.#client.end();
      this.#server?.end();
    }
  }

  #halfClose(sink: Socket): void {
    if (this.#muted.has(sink)) return;
    this.#muted.add(sink);
    if (sink === this.#client) this.#listener?.note('halfclose');
    sink.end();
  }

  stall(): void {
    this.#stalled = true;
  }

  destroy(): void {
    this.#over = true;
    this.#client.destroy();
    this.#plain.destroy();
    this.#server?.destroy();
  }

  #reset(): void {
    this.#over = true;
    // Under TLS it is the socket beneath that has an RST to send.
    reset(this.#plain);
    this.#client.destroy();
    if (this.#server !== undefined) reset(this.#server);
  }

  async #pump(
    source: Socket,
    sink: Socket,
    stream: FaultyStream,
    hear: (chunk: Uint8Array) => void,
  ): Promise<void> {
    const isDeaf = (): boolean => this.#stalled || this.#over || this.#muted.has(sink);
    const gathered = { chunks: [] as Uint8Array[], passing: undefined as Promise<void> | undefined };
    // Reading by iteration is what carries the pace of the slower side over to the faster one.
    for await (const chunk of source.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      hear(chunk);
      if (isDeaf()) continue;
      if (stream.gathers === 0) {
        await this.#pass(chunk, sink, stream, isDeaf);
        continue;
      }
      gathered.chunks.push(chunk);
      gathered.passing ??= sleep(stream.gathers).then(async () => {
        gathered.passing = undefined;
        await this.#pass(Buffer.concat(gathered.chunks.splice(0)), sink, stream, isDeaf);
      });
      gathered.passing.catch(() => undefined);
    }
    await gathered.passing;
    if (!isDeaf()) sink.end();
  }

  async #pass(chunk: Uint8Array, sink: Socket, stream: FaultyStream, isDeaf: () => boolean): Promise<void> {
    const { pieces, delay, cut } = stream.treat(chunk);
    if (delay > 0) await sleep(delay);
    for (const piece of pieces) {
      if (isDeaf()) return;
      if (piece.length > 0) await write(sink, piece);
      if (pieces.length > 1) await turns(2);
    }
    if (cut === 'half') this.#halfClose(sink);
    else if (cut !== undefined) this.cut(cut);
  }

  async #secure(tls: ServerIdentity): Promise<void> {
    const [request] = (await once(this.#plain, 'data')) as [Buffer];
    this.#plain.pause();
    if (request.length !== 8 || request.readInt32BE(4) !== 80_877_103) {
      this.#plain.unshift(request);
      return;
    }
    this.#listener?.note('tls');
    this.#plain.write('S');
    this.#client = new TLSSocket(this.#plain, { isServer: true, ...tls });
    prepare(this.#client);
  }
}

function prepare(socket: Socket): void {
  socket.setNoDelay(true);
  // Its end is seen where it is read.
  socket.on('error', () => undefined);
}

function write(socket: Socket, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.write(bytes, (error) => {
      if (error) reject(error);
      else resolve();
    });
  });
}

/** So that a client in this process reads each piece by itself. */
async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
}
