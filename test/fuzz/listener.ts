/**
 * Target `listener`: whatever pages of the browser, broken browsers and port scanners send to the port of a login in the
 * browser, cut anywhere and several connections at once. Nobody of them knows the state, so none is taken, none is told
 * anything, none keeps the port from the right answer.
 */
import { connect } from 'node:net';
import { BrowserListener, type Judge } from '../../src/auth/browser-listener.js';
import { hold, type Checking, type Target } from './engine.js';
import { mangleBytes } from './mangle.js';
import type { Random } from './random.js';
import { smallerBytes, smallerList } from './shrink.js';

/** What one connection sends: `PORT` stands for the port. */
interface Sender {
  readonly bytes: Uint8Array;
  /** Where it is cut into packets. */
  readonly cuts: readonly number[];
  readonly ends: 'politely' | 'at once';
}

const secret = 'Qz7319Xk';
const state = 'the-state-that-nobody-knows';
const portMark = '54321';
const pieces = [
  ...['\r\n', '\r\n\r\n', '\n', '\r', ' ', ':', '\0', '%', '%00', '&', '=', '?', '#', '//', '..', '@'],
  ...['GET ', 'POST ', 'HEAD ', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'HTTP/1.0', 'HTTP/0.9', 'HTTP/9.9'],
  ...['Host: evil.example\r\n', 'Content-Length: 0\r\n', 'Content-Length: 99999999999\r\n'],
  ...['Transfer-Encoding: chunked\r\n', 'Transfer-Encoding: identity\r\n', '0\r\n\r\n', 'ffffffff\r\n'],
  ...[
    'Expect: 100-continue\r\n',
    'Upgrade: websocket\r\nConnection: Upgrade\r\n',
    'Connection: keep-alive\r\n',
  ],
  ...['\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 'a'.repeat(20_000), 'state=', 'code='],
];

function request(random: Random): string {
  const chunked = random.oneIn(4);
  const fields = random.pick([
    `state=wrong&code=${secret}`,
    `code=${secret}&state=`,
    `state=${secret}`,
    `error=access_denied&error_description=${secret}`,
    `SAMLResponse=${secret}&RelayState=`,
    `state=a&state=b&code=${secret}`,
    '',
    `${'x'.repeat(random.pick([10, 20_000, 70_000]))}=${secret}`,
  ]);
  const method = random.pick(['POST', 'POST', 'POST', 'GET', 'OPTIONS', 'CONNECT', 'TRACE', 'BREW']);
  const path = random.pick([
    '/redshift/',
    '/redshift/',
    `/?${fields.slice(0, 60)}`,
    '/favicon.ico',
    '*',
    '//',
  ]);
  const name = random.pick(['localhost', '127.0.0.1', '[::1]', 'evil.example', 'LOCALHOST']);
  const lines = [
    `Host: ${name}:${portMark}`,
    random.pick(['Origin: null', 'Origin: https://evil.example', 'Origin: http://evil.example', 'X: y']),
    `Content-Type: ${random.pick(['application/x-www-form-urlencoded', 'text/plain', 'application/json'])}`,
    chunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${String(fields.length)}`,
    ...(random.oneIn(4) ? [`Sec-Fetch-Mode: ${random.pick(['navigate', 'no-cors', 'websocket'])}`] : []),
    ...(random.oneIn(8) ? [`Cookie: ${secret}=${'c'.repeat(random.below(20_000))}`] : []),
  ];
  const body = chunked ? `${fields.length.toString(16)}\r\n${fields}\r\n0\r\n\r\n` : fields;
  return `${method} ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n${body}`;
}

function generate(random: Random): Sender[] {
  return random.list(1 + random.few(3), () => {
    // Several in a row on one connection: HTTP pipelining.
    const text = random.list(1 + random.few(2), () => request(random)).join('');
    const whole = Buffer.from(text, 'latin1');
    const bytes = random.oneIn(3) ? whole : mangleBytes(random, whole, pieces);
    const cuts = random.list(random.few(6), () => random.below(bytes.length + 1)).sort((a, b) => a - b);
    return { bytes, cuts, ends: random.oneIn(4) ? 'at once' : 'politely' } as const;
  });
}

/** All that came back before the other side closed. */
function play({ bytes, cuts, ends }: Sender, port: number): Promise<string> {
  const marked = Buffer.from(
    Buffer.from(bytes).toString('latin1').replaceAll(portMark, String(port)),
    'latin1',
  );
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    let answer = '';
    socket.on('data', (part: Buffer) => {
      answer += part.toString('latin1');
    });
    socket.on('error', () => undefined);
    socket.once('close', () => {
      resolve(answer);
    });
    let from = 0;
    for (const cut of [...cuts, marked.length]) {
      socket.write(marked.subarray(from, Math.max(from, cut)));
      from = Math.max(from, cut);
    }
    if (ends === 'politely') socket.end();
    else setImmediate(() => socket.destroy());
  });
}

const byState: Judge<string> = (fields) =>
  fields.get('state') === state
    ? { kind: 'taken', value: fields.get('code') ?? '' }
    : { kind: 'ignored', why: 'its state is not that of this login' };

async function open(): Promise<Checking<Sender[]>> {
  const lines: string[] = [];
  const listen = (): Promise<BrowserListener> =>
    BrowserListener.open({
      ...({ method: 'POST', path: '/redshift/', port: 0, host: '127.0.0.1', idle: 200 } as const),
      log: (line) => void lines.push(line),
    });
  return {
    generate,
    async check(senders) {
      lines.length = 0;
      const listener = await listen();
      const give = new AbortController();
      let over = false;
      const answer = listener.receive(byState, give.signal);
      const end = (): void => {
        over = true;
      };
      answer.then(end, end);
      try {
        const { port } = listener;
        const answers = await Promise.all(senders.map((sender) => play(sender, port)));
        hold(!over, () => 'Somebody who does not know the state ended the wait');
        for (const text of answers) {
          hold(text === '' || /^HTTP\/1\.1 4\d\d /.test(text), () => `Answered with ${text.slice(0, 40)}`);
          hold(!text.includes(secret), () => 'An answer repeats the request');
        }
        hold(!lines.join('').includes(secret), () => 'The log repeats the request');
        const body = `state=${state}&code=right`;
        const head = `POST /redshift/ HTTP/1.1\r\nHost: 127.0.0.1:${String(port)}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: ${String(body.length)}\r\n\r\n`;
        const sender = { bytes: Buffer.from(head + body), cuts: [], ends: 'politely' } as const;
        const text = await play(sender, port);
        hold(text.startsWith('HTTP/1.1 200 '), () => `The right answer got ${text.slice(0, 40)}`);
        hold((await answer) === 'right', () => 'The right answer was not taken');
      } finally {
        listener.close();
        give.abort(new Error('over'));
      }
    },
    smaller: (senders) =>
      smallerList(senders, function* (sender) {
        for (const bytes of smallerBytes(sender.bytes)) yield { ...sender, bytes };
      }),
  };
}

export const listener: Target<Sender[]> = {
  name: 'listener',
  about: 'the port of browser logins under strange requests: none is taken, repeated or able to block it',
  needs: 'nothing',
  open,
};
