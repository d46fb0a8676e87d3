/** Raw sockets against the loopback listener: what a browser, a broken browser or a hostile page could send, byte by byte. */
import { connect, type Socket } from 'node:net';
import { once } from 'node:events';

export interface Answer {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

export class Raw {
  readonly socket: Socket;
  readonly #parts: Buffer[] = [];
  readonly ended: Promise<void>;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('error', () => undefined);
    socket.on('data', (part: Buffer) => this.#parts.push(part));
    this.ended = new Promise((resolve) => {
      socket.once('close', () => {
        resolve();
      });
    });
  }

  static async open(port: number, host = '127.0.0.1'): Promise<Raw> {
    const socket = connect({ port, host, noDelay: true });
    await once(socket, 'connect');
    return new Raw(socket);
  }

  /** Resolves when the bytes are on their way. */
  send(text: string | Buffer): Promise<void> {
    return new Promise((resolve) => {
      this.socket.write(text, () => {
        resolve();
      });
    });
  }

  get text(): string {
    return Buffer.concat(this.#parts).toString('latin1');
  }

  /** The answer, once the server has closed the connection. */
  async answer(): Promise<Answer> {
    await this.ended;
    const text = Buffer.concat(this.#parts).toString('utf8');
    const end = text.indexOf('\r\n\r\n');
    const [first = '', ...lines] = text.slice(0, end).split('\r\n');
    const headers = new Map(
      lines.map((line) => {
        const colon = line.indexOf(':');
        return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
      }),
    );
    return { status: Number(first.split(' ')[1]), headers, body: text.slice(end + 4) };
  }
}

export interface Form {
  readonly method?: string;
  readonly path?: string;
  /** Header lines instead of or beside the usual ones; undefined leaves one out. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly body?: string;
}

/** A form as Chrome posts it from the identity provider's page. */
export function formPost(port: number, form: Form = {}): string {
  const { method = 'POST', path = '/redshift/', body = '' } = form;
  const headers: Record<string, string | undefined> = {
    Host: `localhost:${String(port)}`,
    'Content-Type': 'application/x-www-form-urlencoded',
    'Content-Length': String(Buffer.byteLength(body)),
    Origin: 'https://login.example',
    'Sec-Fetch-Site': 'cross-site',
    'Sec-Fetch-Mode': 'navigate',
    'Sec-Fetch-Dest': 'document',
    ...form.headers,
  };
  const lines = Object.entries(headers).flatMap(([key, value]) =>
    value === undefined ? [] : [`${key}: ${value}`],
  );
  return `${method} ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n${body}`;
}

export async function send(port: number, text: string | Buffer, host?: string): Promise<Answer> {
  const raw = await Raw.open(port, host);
  await raw.send(text);
  return raw.answer();
}

/** Whether somebody can listen there now. */
export async function isFree(port: number, host = '127.0.0.1'): Promise<boolean> {
  const { createServer } = await import('node:net');
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => {
      resolve(false);
    });
    server.listen({ port, host, exclusive: true }, () => {
      server.close(() => {
        resolve(true);
      });
    });
  });
}
