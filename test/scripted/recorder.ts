/**
 * A proxy on loopback between a client and a server: writes the dialogue down as a transcript that the scripted server can
 * play, and does harm to the bytes where it is told to, in either direction.
 */
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Dialogue } from './dialogue.js';
import { FaultyStream, type Fault } from './faults.js';
import type { ServerIdentity } from './peer.js';

export interface RecorderOptions {
  /** What to do to the bytes of a connection; the first is 1. */
  readonly faults?: (connection: number) => { readonly toClient?: Fault; readonly toServer?: Fault };
  /**
   * End TLS here, so that the dialogue can be read; the server is spoken to in the clear. Without it TLS passes through
   * unread.
   */
  readonly tls?: ServerIdentity;
  /** Write passwords and tokens of the client down; otherwise they are `*`. */
  readonly secrets?: boolean;
}

export interface Recorded {
  readonly lines: readonly string[];
  /** Bytes that came, before any harm was done to them. */
  readonly fromClient: number;
  readonly fromServer: number;
  /** FIN or RST on both sides, now. */
  cut(how: 'fin' | 'rst'): void;
  /** From now on nothing passes, and nobody is told. */
  stall(): void;
}

export interface Recorder {
  readonly host: string;
  readonly port: number;
  readonly connections: readonly Recorded[];
  /** The dialogue of all connections so far. */
  transcript(): string;
  close(): Promise<void>;
}

export async function startRecorder(
  target: { readonly host: string; readonly port: number },
  options: RecorderOptions = {},
): Promise<Recorder> {
  const connections: Connection[] = [];
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const connection = new Connection(client, options, connections.length + 1);
    connections.push(connection);
    void connection.run(target);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    host: '127.0.0.1',
    port: (server.address() as AddressInfo).port,
    connections,
    transcript: () => connections.map(({ lines }) => lines.join('\n')).join('\n! connection\n'),
    async close() {
      for (const connection of connections) connection.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

class Connection implements Recorded {
  fromClient = 0;
  fromServer = 0;
  readonly #plain: Socket;
  readonly #options: RecorderOptions;
  readonly #dialogue: Dialogue;
  readonly #toClient: FaultyStream;
  readonly #toServer: FaultyStream;
  #client: Socket;
  #server: Socket | undefined;
  #stalled = false;
  #over = false;

  constructor(client: Socket, options: RecorderOptions, index: number) {
    this.#plain = client;
    this.#client = client;
    this.#options = options;
    this.#dialogue = new Dialogue(options.secrets ?? false);
    const { toClient, toServer } = options.faults?.(index) ?? {};
    this.#toClient = new FaultyStream(toClient);
    this.#toServer = new FaultyStream(toServer);
    prepare(client);
  }

  get lines(): readonly string[] {
    return this.#dialogue.lines;
  }

  async run(target: { readonly host: string; readonly port: number }): Promise<void> {
    try {
      if (this.#options.tls !== undefined) await this.#secure(this.#options.tls);
      const server = connect({ ...target, allowHalfOpen: true });
      this.#server = server;
      prepare(server);
      await Promise.all([
        this.#pump(this.#client, server, this.#toServer, (chunk) => {
          this.fromClient += chunk.length;
          this.#dialogue.clientSays(chunk);
        }),
        this.#pump(server, this.#client, this.#toClient, (chunk) => {
          this.fromServer += chunk.length;
          this.#dialogue.serverSays(chunk);
        }),
      ]);
    } catch {
      // One side broke: so does the other, as on a real network.
      this.destroy();
    }
  }

  cut(how: 'fin' | 'rst'): void {
    if (this.#over) return;
    this.#over = true;
    this.#dialogue.note(how === 'fin' ? 'cut' : 'reset');
    for (const socket of [this.#client, this.#server]) {
      if (how === 'fin') socket?.end();
      else (socket === this.#client ? this.#plain : socket)?.resetAndDestroy();
    }
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

  async #pump(
    source: Socket,
    sink: Socket,
    stream: FaultyStream,
    hear: (chunk: Uint8Array) => void,
  ): Promise<void> {
    // Reading by iteration is what carries the pace of the slower side over to the faster one.
    for await (const chunk of source.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      hear(chunk);
      if (this.#stalled || this.#over) continue;
      const { pieces, delay, cut } = stream.treat(chunk);
      if (delay > 0) await sleep(delay);
      for (const piece of pieces) {
        if (piece.length > 0) await write(sink, piece);
        if (pieces.length > 1) await turns(2);
      }
      if (cut !== undefined) this.cut(cut);
    }
    if (!this.#stalled && !this.#over) sink.end();
  }

  async #secure(tls: ServerIdentity): Promise<void> {
    const [request] = (await once(this.#plain, 'data')) as [Buffer];
    this.#plain.pause();
    if (request.length !== 8 || request.readInt32BE(4) !== 80_877_103) {
      this.#plain.unshift(request);
      return;
    }
    this.#dialogue.note('tls');
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
