/**
 * A server that answers queries of one form (`select … from NAME …`) from recordings, as fast as the socket takes them.
 * A process of its own: it reads its settings as JSON from standard input's first line, and prints its port.
 */
import { createServer, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { TLSSocket } from 'node:tls';
import { decodeFrontend } from '../src/protocol/frontend.js';
import { FrontendFramer } from '../src/protocol/frontend-framing.js';
import type { FrontendMessage } from '../src/protocol/messages.js';
import { checkRecording, record, recordGreeting, type Recording, type Source } from './recording.js';
import { selectOf, shapeNamed } from './shapes.js';

export interface ReplaySettings {
  readonly source: Source;
  /** Rows that are recorded, and told again until a result is long enough. */
  readonly recorded: number;
  readonly tls?: { readonly cert: string; readonly key: string };
}

/** The comment in a query that names a shape and how many rows of it: `a block comment with `mixed 200000``. */
const asked = /\/\* (\w+) (\d+) \*\//;

/** About so much is given to the socket at a time. */
const piece = 256 * 1024;

const one = Buffer.from([0x31, 0, 0, 0, 4]);
const two = Buffer.from([0x32, 0, 0, 0, 4]);
const three = Buffer.from([0x33, 0, 0, 0, 4]);
const noParameters = Buffer.from([0x74, 0, 0, 0, 6, 0, 0]);
const noData = Buffer.from([0x6e, 0, 0, 0, 4]);
const suspended = Buffer.from([0x73, 0, 0, 0, 4]);
const ready = Buffer.from([0x5a, 0, 0, 0, 5, 0x49]);

function complete(tag: string): Buffer {
  const text = Buffer.from(`${tag}\0`);
  const header = Buffer.alloc(5, 'C');
  header.writeInt32BE(text.length + 4, 1);
  return Buffer.concat([header, text]);
}

/** What a server says to clients who ask for one version of its protocol (Redshift has several), recorded when first asked for. */
class Recordings {
  readonly #source: Source;
  readonly #recorded: number;
  readonly #kept = new Map<string, Promise<Recording>>();
  #greeting: Promise<Uint8Array> | undefined;

  constructor({ source, recorded }: ReplaySettings, version: string | undefined) {
    this.#source =
      version === undefined
        ? source
        : { ...source, parameters: [...source.parameters, ['client_protocol_version', version]] };
    this.#recorded = recorded;
  }

  greeting(): Promise<Uint8Array> {
    return (this.#greeting ??= recordGreeting(this.#source));
  }

  get(shape: string, formats: readonly number[]): Promise<Recording> {
    const key = `${shape} ${formats.join('')}`;
    let found = this.#kept.get(key);
    if (found === undefined) {
      found = record(this.#source, selectOf(shapeNamed(shape), this.#recorded), formats).then((made) => {
        checkRecording(made);
        return made;
      });
      this.#kept.set(key, found);
    }
    return found;
  }
}

interface Portal {
  readonly recording: Recording | undefined;
  readonly tag: string;
  left: number;
  /** Place in the recording's rows. */
  at: number;
}

/** @param recordingsFor the version of the protocol that a client asks for; undefined: it does not say */
function serve(
  socket: Socket,
  recordingsFor: (version: string | undefined) => Recordings,
  tls: ReplaySettings['tls'],
): void {
  let stream: Socket = socket;
  let recordings = recordingsFor(undefined);
  const statements = new Map<string, string>();
  let portal: Portal | undefined;
  let out: Buffer[] = [];
  const flush = async (): Promise<void> => {
    if (out.length === 0) return;
    const bytes = out.length === 1 ? out[0]! : Buffer.concat(out);
    out = [];
    if (!stream.write(bytes)) await new Promise<void>((resolve) => stream.once('drain', resolve));
  };
  const open = async (sql: string, formats: ArrayLike<number>): Promise<Portal> => {
    const match = asked.exec(sql);
    if (match === null)
      return { recording: undefined, tag: sql.trim().split(/\s/)[0]?.toUpperCase() ?? '', left: 0, at: 0 };
    return {
      recording: await recordings.get(match[1]!, Array.from(formats)),
      tag: '',
      left: Number(match[2]),
      at: 0,
    };
  };
  const tell = async (from: Portal, most: number): Promise<boolean> => {
    const { recording } = from;
    if (recording === undefined) return true;
    const { rows, ends } = recording;
    let limit = most === 0 ? from.left : Math.min(most, from.left);
    while (limit > 0) {
      const start = from.at === 0 ? 0 : ends[from.at - 1]!;
      let last = from.at;
      while (last + 1 < ends.length && last + 1 - from.at < limit && ends[last + 1]! - start < piece) last++;
      const count = last + 1 - from.at;
      out.push(rows.subarray(start, ends[last]));
      from.at = (last + 1) % ends.length;
      from.left -= count;
      limit -= count;
      await flush();
    }
    return from.left === 0;
  };
  let total = 0;
  const handle = async (message: FrontendMessage): Promise<void> => {
    switch (message.type) {
      case 'Query': {
        const simple = await open(message.sql, []);
        if (simple.recording !== undefined) out.push(Buffer.from(simple.recording.description));
        total = simple.left;
        await tell(simple, 0);
        out.push(complete(simple.recording === undefined ? simple.tag : `SELECT ${String(total)}`), ready);
        return flush();
      }
      case 'Parse':
        statements.set(message.statement, message.sql);
        out.push(one);
        return;
      case 'Bind':
        portal = await open(statements.get(message.statement) ?? '', message.resultFormats);
        total = portal.left;
        out.push(two);
        return;
      case 'Describe':
        if (message.target === 'statement') {
          out.push(noParameters);
          const { recording } = await open(statements.get(message.name) ?? '', []);
          out.push(recording === undefined ? noData : Buffer.from(recording.description));
        } else out.push(portal?.recording === undefined ? noData : Buffer.from(portal.recording.description));
        return;
      case 'Execute':
        if (portal === undefined) return;
        if (await tell(portal, message.maxRows)) {
          out.push(complete(portal.recording === undefined ? portal.tag : `SELECT ${String(total)}`));
        } else out.push(suspended);
        return;
      case 'Close':
        out.push(three);
        return;
      case 'Sync':
        out.push(ready);
        return flush();
      case 'Flush':
        return flush();
      case 'Terminate':
        stream.end();
        return;
      default:
        throw new Error(`The replay server does not answer ${message.type}`);
    }
  };
  let work = Promise.resolve();
  const queue = (step: () => Promise<void> | void): void => {
    work = work.then(step).catch((error: unknown) => {
      console.error(error);
      stream.destroy();
    });
  };
  const framer = new FrontendFramer({
    startup: (message) => {
      if (message.type === 'StartupMessage') {
        const version = message.parameters.find(([name]) => name === 'client_protocol_version')?.[1];
        recordings = recordingsFor(version);
        queue(async () => {
          out.push(Buffer.from(await recordings.greeting()));
          return flush();
        });
      } else if (message.type === 'SSLRequest' && tls !== undefined) {
        socket.removeAllListeners('data');
        socket.write('S');
        stream = new TLSSocket(socket, { isServer: true, ...tls });
        stream.on('error', () => stream.destroy());
        stream.on('data', (chunk: Buffer) => {
          framer.push(chunk);
        });
      } else socket.write('N');
    },
    message: (type, body) => {
      const message = decodeFrontend(type, body);
      queue(() => handle(message));
    },
  });
  socket.on('error', () => socket.destroy());
  socket.setNoDelay(true);
  socket.on('data', (chunk: Buffer) => {
    framer.push(chunk);
  });
}

const [line] = await new Promise<string[]>((resolve) => {
  createInterface({ input: process.stdin }).once('line', (text) => {
    resolve([text]);
  });
});
const settings = JSON.parse(line!) as ReplaySettings;
const variants = new Map<string | undefined, Recordings>();
const recordingsFor = (version: string | undefined): Recordings => {
  let found = variants.get(version);
  if (found === undefined) variants.set(version, (found = new Recordings(settings, version)));
  return found;
};
const server = createServer((socket) => {
  serve(socket, recordingsFor, settings.tls);
});
server.listen(0, '127.0.0.1', () => {
  console.log(JSON.stringify({ port: (server.address() as { port: number }).port }));
});
// Ends with whoever started it, however that ends.
process.stdin.on('end', () => process.exit(0));
process.stdin.resume();
