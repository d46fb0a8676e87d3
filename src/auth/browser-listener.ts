/**
 * The loopback port to which the browser brings the answer of an identity provider. It listens while one login runs, on
 * 127.0.0.1 and, where the redirect names `localhost`, on ::1 as well; it takes one answer and is gone. What is not that
 * answer never ends the wait. It never binds another address and never logs what it was sent.
 */
import { Server as HttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { pageOf, type PageName } from './browser-page.js';
import { fieldsOf, longestBody, refusal, type Door } from './browser-request.js';

/** What a login makes of the fields of an answer: takes it, passes it over and waits on, or gives up with an error. */
export type Verdict<T> =
  | { readonly kind: 'taken'; readonly value: T }
  | { readonly kind: 'ignored'; readonly why: string }
  | { readonly kind: 'refused'; readonly error: Error };

export type Judge<T> = (fields: ReadonlyMap<string, string>) => Verdict<T> | Promise<Verdict<T>>;

export interface ListenerSettings extends Door {
  /** 0: any free one. */
  readonly port: number;
  /** The name in the redirect URL; browsers try both addresses of `localhost`. */
  readonly host: 'localhost' | '127.0.0.1';
  /** Milliseconds of silence after which a connection is dropped; left out: 5 s. */
  readonly idle?: number;
  /** One line about a request that was passed over; nothing of the request is in it. */
  readonly log: (line: string) => void;
}

/** Spare connections that browsers open in advance, and half-sent requests, go after this many milliseconds of silence. */
const idleTime = 5000;
/** Of one request from its first byte to its last: slow ones must not gather. */
const requestTime = 30_000;
/** A page that opens connections by the hundred gets no further. */
const mostConnections = 100;
/** How often another free port is tried when ::1 has it in use. */
const portAttempts = 10;

export class BrowserListener {
  readonly #settings: ListenerSettings;
  readonly #servers: Server[] = [];
  readonly #http: HttpServer;
  readonly #sockets = new Set<Socket>();
  #port = 0;
  #ignored = 0;
  #open = true;
  #last: Socket | undefined;
  #receive: ((fields: ReadonlyMap<string, string>, socket: Socket) => Promise<PageName>) | undefined;

  private constructor(settings: ListenerSettings) {
    this.#settings = settings;
    this.#http = new HttpServer({ maxHeaderSize: 16_384 }, (request, response) => {
      this.#answer(request, response);
    });
    this.#http.timeout = settings.idle ?? idleTime;
    // `Expect` never comes from a browser, and 100-continue would be an invitation before anything is judged.
    for (const expected of ['checkContinue', 'checkExpectation']) {
      this.#http.on(expected, (_, response: ServerResponse) => {
        show(response, 417, 'elsewhere');
      });
    }
  }

  /** @throws an error with the `code` of Node when the port cannot be had (EADDRINUSE, EACCES) */
  static async open(settings: ListenerSettings): Promise<BrowserListener> {
    for (let attempt = 1; ; attempt++) {
      const listener = new BrowserListener(settings);
      try {
        await listener.#bind();
        return listener;
      } catch (error) {
        listener.close();
        const again = settings.port === 0 && codeOf(error) === 'EADDRINUSE' && attempt < portAttempts;
        if (!again) throw error;
      }
    }
  }

  get port(): number {
    return this.#port;
  }

  /** `http://localhost:7890`, as it stands in front of the path in the redirect URL. */
  get origin(): string {
    return `http://${this.#settings.host}:${String(this.#port)}`;
  }

  /** How many answers were passed over: with a wrong state, incomplete, from a page that may not send one. */
  get ignored(): number {
    return this.#ignored;
  }

  /** The addresses that are bound. */
  get addresses(): readonly AddressInfo[] {
    return this.#servers
      .map((server) => server.address() as AddressInfo | null)
      .filter((each) => each !== null);
  }

  /** The first answer that `judge` takes; rejects with the first that it refuses, or with the signal's reason. */
  receive<T>(judge: Judge<T>, signal: AbortSignal): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const onAbort = (): void => {
        this.close();
        reject(signal.reason as Error);
      };
      if (signal.aborted) {
        onAbort();
        return;
      }
      signal.addEventListener('abort', onAbort, { once: true });
      this.#receive = async (fields, socket) => {
        const verdict = await judged(judge, fields);
        // One answer is enough: another one was quicker.
        if (!this.#open) return 'ignored';
        if (verdict.kind === 'ignored') {
          this.#ignore(verdict.why);
          return 'ignored';
        }
        signal.removeEventListener('abort', onAbort);
        this.#open = false;
        // Whoever closes us from now on leaves this one its page.
        this.#last = socket;
        if (verdict.kind === 'taken') resolve(verdict.value);
        else reject(verdict.error);
        return verdict.kind === 'taken' ? 'done' : 'refused';
      };
    });
  }

  /** Frees the port at once; the one whose answer was taken gets its page. */
  close(): void {
    this.#open = false;
    this.#receive = undefined;
    for (const server of this.#servers) server.close();
    for (const socket of this.#sockets) if (socket !== this.#last) socket.destroy();
  }

  async #bind(): Promise<void> {
    const { port, host } = this.#settings;
    this.#port = await this.#listen('127.0.0.1', port);
    if (host !== 'localhost') return;
    try {
      await this.#listen('::1', this.#port);
    } catch (error) {
      // A machine without IPv6. An address in use is another matter: the browser may bring the answer to whoever has it.
      if (codeOf(error) !== 'EADDRNOTAVAIL' && codeOf(error) !== 'EAFNOSUPPORT') throw error;
    }
  }

  #listen(address: string, port: number): Promise<number> {
    // Sockets are handed to the HTTP server by hand: its own close() would cut off the answer that is on its way.
    const server = createServer((socket) => {
      this.#admit(socket);
    });
    server.maxConnections = mostConnections;
    this.#servers.push(server);
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host: address, port, exclusive: true }, () => {
        server.off('error', reject);
        // Out of file descriptors while accepting, say: the next connection may work again.
        server.on('error', () => undefined);
        resolve((server.address() as AddressInfo).port);
      });
    });
  }

  #admit(socket: Socket): void {
    if (!this.#open) {
      socket.destroy();
      return;
    }
    this.#sockets.add(socket);
    const late = setTimeout(() => socket.destroy(), requestTime);
    socket.once('close', () => {
      clearTimeout(late);
      this.#sockets.delete(socket);
    });
    this.#http.emit('connection', socket);
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    // A connection that breaks in the middle is no answer.
    request.on('error', () => undefined);
    response.on('error', () => undefined);
    const status = refusal(request, this.#settings, this.#port);
    if (status !== undefined) {
      if (status !== 404 && status !== 405) this.#ignore(`status ${String(status)}`);
      response.setHeader('allow', this.#settings.method);
      show(response, status, 'elsewhere');
      return;
    }
    if (this.#settings.method === 'GET') {
      const target = request.url!;
      const query = target.indexOf('?');
      this.#take(query < 0 ? '' : target.slice(query + 1), request, response);
      return;
    }
    const parts: Buffer[] = [];
    let length = 0;
    request.on('data', (part: Buffer) => {
      length += part.length;
      if (length <= longestBody) {
        parts.push(part);
        return;
      }
      request.removeAllListeners('data').removeAllListeners('end').pause();
      this.#ignore('status 413');
      show(response, 413, 'elsewhere');
    });
    request.on('end', () => {
      this.#take(Buffer.concat(parts).toString('utf8'), request, response);
    });
  }

  #take(text: string, { socket }: IncomingMessage, response: ServerResponse): void {
    const fields = fieldsOf(text);
    if (fields === undefined || this.#receive === undefined) {
      this.#ignore(fields === undefined ? 'a field comes twice' : 'nobody waits for it');
      show(response, 400, 'ignored');
      return;
    }
    void this.#receive(fields, socket).then((page) => {
      show(response, page === 'ignored' ? 400 : 200, page);
      if (page !== 'ignored') this.close();
    });
  }

  #ignore(why: string): void {
    this.#ignored++;
    this.#settings.log(`An answer to port ${String(this.#port)} was passed over (${why})`);
  }
}

/** What a judge throws ends the login, and nothing else. */
async function judged<T>(judge: Judge<T>, fields: ReadonlyMap<string, string>): Promise<Verdict<T>> {
  try {
    return await judge(fields);
  } catch (error) {
    return { kind: 'refused', error: error as Error };
  }
}

function show(response: ServerResponse, status: number, name: PageName): void {
  const { headers, body } = pageOf(name);
  response.writeHead(status, headers).end(response.req.method === 'HEAD' ? undefined : body);
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
