/** The loopback port of browser logins against raw sockets: what is taken, what is passed over, and that nothing else ends the wait. */
import { createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { BrowserListener, type Judge, type ListenerSettings } from '../../../src/auth/browser-listener.js';
import { formPost, isFree, Raw, send } from './raw.js';

const opened: BrowserListener[] = [];
afterEach(() => {
  for (const listener of opened.splice(0)) listener.close();
});

async function listen(settings: Partial<ListenerSettings> = {}): Promise<BrowserListener> {
  const listener = await BrowserListener.open({
    method: 'POST',
    path: '/redshift/',
    port: 0,
    host: 'localhost',
    log: () => undefined,
    ...settings,
  });
  opened.push(listener);
  return listener;
}

/** Takes any form with `state=right`. */
const byState: Judge<string> = (fields) =>
  fields.get('state') === 'right'
    ? { kind: 'taken', value: fields.get('code') ?? '' }
    : { kind: 'ignored', why: 'its state is not that of this login' };

interface Waiting {
  readonly listener: BrowserListener;
  readonly port: number;
  readonly answer: Promise<string>;
  readonly give: AbortController;
  /** What the wait has come to, if to anything. */
  readonly isOver: () => boolean;
}

async function wait(
  settings: Partial<ListenerSettings> = {},
  judge: Judge<string> = byState,
): Promise<Waiting> {
  const listener = await listen(settings);
  const give = new AbortController();
  let over = false;
  const answer = listener.receive(judge, give.signal);
  answer.then(
    () => (over = true),
    () => (over = true),
  );
  return { listener, port: listener.port, answer, give, isOver: () => over };
}

const right = 'state=right&code=c0de';

describe('where it listens', () => {
  it('is loopback only: 127.0.0.1 and ::1 on the same port for localhost', async () => {
    const { listener, port } = await wait();
    const addresses = listener.addresses.map(({ address }) => address);
    expect(addresses[0]).toBe('127.0.0.1');
    expect(addresses.slice(1)).toEqual((await hasV6()) ? ['::1'] : []);
    expect(new Set(listener.addresses.map((each) => each.port))).toEqual(new Set([port]));
    for (const all of Object.values(networkInterfaces())) {
      for (const { address, internal, family } of all ?? []) {
        if (internal || family !== 'IPv4') continue;
        await expect(Raw.open(port, address)).rejects.toThrow('ECONNREFUSED');
      }
    }
  });

  it('is 127.0.0.1 only where the redirect names that address', async () => {
    const { listener } = await wait({ host: '127.0.0.1' });
    expect(listener.addresses.map(({ address }) => address)).toEqual(['127.0.0.1']);
    expect(listener.origin).toBe(`http://127.0.0.1:${String(listener.port)}`);
  });

  it('takes the answer on ::1 too', async () => {
    if (!(await hasV6())) return;
    const { port, answer } = await wait();
    expect((await send(port, formPost(port, { body: right }), '::1')).status).toBe(200);
    expect(await answer).toBe('c0de');
  });

  it('fails when another program has the port', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const { port } = other.address() as { port: number };
    await expect(listen({ port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
    await new Promise((resolve) => other.close(resolve));
  });

  it('fails, and leaves nothing open, when another program has the port of ::1', async () => {
    if (!(await hasV6())) return;
    const other = createServer().listen(0, '::1');
    await new Promise((resolve) => other.once('listening', resolve));
    const { port } = other.address() as { port: number };
    await expect(listen({ port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
    expect(await isFree(port)).toBe(true);
    await new Promise((resolve) => other.close(resolve));
  });
});

describe('what it takes', () => {
  it('is one form, whatever the order of its fields', async () => {
    for (const body of [
      'state=right&code=c0de',
      'code=c0de&state=right',
      'session_state=x&code=c0de&foo=&state=right',
    ]) {
      const { port, answer } = await wait();
      const { status, body: page } = await send(port, formPost(port, { body }));
      expect(status).toBe(200);
      expect(page).toContain('You may close this window');
      expect(await answer).toBe('c0de');
    }
  });

  it('decodes the fields: a plus, percent signs, UTF-8', async () => {
    const { port, answer } = await wait();
    await send(port, formPost(port, { body: 'code=0.A+b%2Bc%26state%3Dwrong%3D%C3%A9&state=right' }));
    expect(await answer).toBe('0.A b+c&state=wrong=é');
  });

  it('may be cut anywhere, between any two bytes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(500), { maxLength: 6 }), async (cuts) => {
        const { port, answer } = await wait();
        const bytes = Buffer.from(formPost(port, { body: `code=${'ü%20'.repeat(20)}&state=right` }));
        const raw = await Raw.open(port);
        let at = 0;
        for (const cut of [...new Set(cuts)].sort((a, b) => a - b).filter((each) => each < bytes.length)) {
          await raw.send(bytes.subarray(at, cut));
          await new Promise(setImmediate);
          at = cut;
        }
        await raw.send(bytes.subarray(at));
        expect((await raw.answer()).status).toBe(200);
        expect(await answer).toBe('ü '.repeat(20));
      }),
      { numRuns: 25 },
    );
  });

  it('may have a megabyte, and no more', async () => {
    const size = 2 ** 20 - '&state=right'.length - 'code='.length;
    const { port, answer, isOver } = await wait();
    const more = formPost(port, { body: `code=${'a'.repeat(size + 1)}&state=right` });
    expect((await send(port, more.slice(0, more.indexOf('\r\n\r\n') + 4))).status).toBe(413);
    expect(isOver()).toBe(false);
    expect((await send(port, formPost(port, { body: `code=${'a'.repeat(size)}&state=right` }))).status).toBe(
      200,
    );
    expect(await answer).toHaveLength(size);
  });

  it('is bounded without a Content-Length too', async () => {
    const { port, isOver } = await wait();
    const raw = await Raw.open(port);
    await raw.send(
      formPost(port, { headers: { 'Content-Length': undefined, 'Transfer-Encoding': 'chunked' } }),
    );
    const chunk = `10000\r\n${'a'.repeat(0x10000)}\r\n`;
    for (let sent = 0; sent < 40 && !raw.socket.destroyed; sent++) await raw.send(chunk);
    raw.socket.end();
    await raw.ended;
    expect(raw.text === '' || raw.text.startsWith('HTTP/1.1 413')).toBe(true);
    expect(isOver()).toBe(false);
  });

  it('is a GET with a query where the provider redirects', async () => {
    const { port, answer } = await wait({ method: 'GET', path: '/', host: '127.0.0.1' });
    const text = (target: string): string =>
      `GET ${target} HTTP/1.1\r\nHost: 127.0.0.1:${String(port)}\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\n\r\n`;
    expect((await send(port, text('/favicon.ico'))).status).toBe(404);
    expect((await send(port, text('/'))).status).toBe(400);
    expect((await send(port, text('/?code=c0de&state=wrong'))).status).toBe(400);
    expect((await send(port, text('/?code=c%30de&state=right'))).status).toBe(200);
    expect(await answer).toBe('c0de');
  });

  it('is the first of several: the next finds the port closed', async () => {
    const { port, answer } = await wait();
    await send(port, formPost(port, { body: right }));
    expect(await answer).toBe('c0de');
    await expect(Raw.open(port)).rejects.toThrow('ECONNREFUSED');
  });

  it('is the quicker one of two that are looked at at the same time', async () => {
    let go!: () => void;
    const gate = new Promise<void>((resolve) => {
      go = resolve;
    });
    let judged = 0;
    const { port, answer } = await wait({}, async (fields) => {
      judged++;
      await gate;
      return { kind: 'taken', value: fields.get('code')! };
    });
    const [one, two] = [await Raw.open(port), await Raw.open(port)];
    await one.send(formPost(port, { body: 'code=one' }));
    await two.send(formPost(port, { body: 'code=two' }));
    while (judged < 2) await new Promise(setImmediate);
    go();
    const taken = await answer;
    const [first, second] = [await one.answer(), await two.answer()];
    expect([first, second].filter(({ status }) => status === 200)).toHaveLength(1);
    expect(taken).toBe(first.status === 200 ? 'one' : 'two');
  });

  it('keeps the very page that is being sent when it closes', async () => {
    for (let round = 0; round < 20; round++) {
      const { port, answer } = await wait();
      const { headers, body } = await send(port, formPost(port, { body: right }) + '\r\n');
      await answer;
      expect(Buffer.byteLength(body)).toBe(Number(headers.get('content-length')));
    }
  });
});

describe('what it passes over and waits on', () => {
  const host = { Host: undefined };
  const cases: readonly [string, number, (port: number) => string][] = [
    ['a wrong state', 400, (port) => formPost(port, { body: 'state=wrong&code=evil' })],
    ['no state', 400, (port) => formPost(port, { body: 'code=evil' })],
    ['an empty form', 400, (port) => formPost(port)],
    [
      'a field that comes twice',
      400,
      (port) => formPost(port, { body: 'state=right&code=evil&state=right' }),
    ],
    ['an error without our state', 400, (port) => formPost(port, { body: 'error=access_denied' })],
    ['a GET', 405, (port) => formPost(port, { method: 'GET' })],
    ['a HEAD', 405, (port) => formPost(port, { method: 'HEAD' })],
    ['an OPTIONS', 405, (port) => formPost(port, { method: 'OPTIONS' })],
    ['a PUT', 405, (port) => formPost(port, { method: 'PUT', body: right })],
    ['the icon', 404, (port) => formPost(port, { method: 'GET', path: '/favicon.ico' })],
    ['the path without its slash', 404, (port) => formPost(port, { path: '/redshift', body: right })],
    ['the path in capitals', 404, (port) => formPost(port, { path: '/Redshift/', body: right })],
    ['a path with dots', 404, (port) => formPost(port, { path: '/x/../redshift/', body: right })],
    ['a longer path', 404, (port) => formPost(port, { path: '/redshift//', body: right })],
    ['a query', 404, (port) => formPost(port, { path: '/redshift/?a', body: right })],
    [
      'an absolute target',
      404,
      (port) => formPost(port, { path: `http://localhost:${String(port)}/redshift/`, body: right }),
    ],
    [
      'the name of another host (DNS rebinding)',
      403,
      (port) => formPost(port, { headers: { Host: `evil.example:${String(port)}` }, body: right }),
    ],
    [
      'a host that only begins like ours',
      403,
      (port) => formPost(port, { headers: { Host: `localhost.evil.example:${String(port)}` }, body: right }),
    ],
    [
      'a host with another port',
      403,
      (port) => formPost(port, { headers: { Host: 'localhost:1' }, body: right }),
    ],
    ['a host without a port', 403, (port) => formPost(port, { headers: { Host: 'localhost' }, body: right })],
    ['two hosts', 403, (port) => formPost(port, { headers: { host: 'evil.example' }, body: right })],
    ['no host', 400, (port) => formPost(port, { headers: host, body: right })],
    [
      'the origin of a plain http page',
      403,
      (port) => formPost(port, { headers: { Origin: 'http://evil.example' }, body: right }),
    ],
    [
      'an origin that is none',
      403,
      (port) => formPost(port, { headers: { Origin: 'https://evil.example/path' }, body: right }),
    ],
    [
      'two origins',
      403,
      (port) => formPost(port, { headers: { origin: 'https://evil.example' }, body: right }),
    ],
    [
      'what a script of a page fetched',
      403,
      (port) => formPost(port, { headers: { 'Sec-Fetch-Mode': 'no-cors' }, body: right }),
    ],
    [
      'a hidden frame',
      403,
      (port) => formPost(port, { headers: { 'Sec-Fetch-Dest': 'iframe' }, body: right }),
    ],
    ['text/plain', 415, (port) => formPost(port, { headers: { 'Content-Type': 'text/plain' }, body: right })],
    [
      'multipart',
      415,
      (port) =>
        formPost(port, { headers: { 'Content-Type': 'multipart/form-data; boundary=a' }, body: right }),
    ],
    [
      'no content type',
      415,
      (port) => formPost(port, { headers: { 'Content-Type': undefined }, body: right }),
    ],
    [
      'a compressed form',
      415,
      (port) => formPost(port, { headers: { 'Content-Encoding': 'gzip' }, body: right }),
    ],
    [
      'a client that waits to be invited',
      417,
      (port) => formPost(port, { headers: { Expect: '100-continue' }, body: right }),
    ],
    ['an expectation', 417, (port) => formPost(port, { headers: { Expect: 'wonders' }, body: right })],
    [
      'two lengths of the body (request smuggling)',
      400,
      (port) => formPost(port, { headers: { 'Transfer-Encoding': 'chunked' }, body: right }),
    ],
    [
      'a length that is none',
      400,
      (port) => formPost(port, { headers: { 'Content-Length': '-1' }, body: right }),
    ],
    [
      'a chunk that is none',
      400,
      (port) =>
        formPost(port, {
          headers: { 'Content-Length': undefined, 'Transfer-Encoding': 'chunked' },
          body: `zz\r\n${right}\r\n0\r\n\r\n`,
        }),
    ],
    ['a NUL in a header', 400, (port) => formPost(port, { headers: { Cookie: 'a\0b' }, body: right })],
    ['a header without a colon', 400, (port) => formPost(port, { headers: { 'X\r\nX': 'y' }, body: right })],
    ['a TRACE', 405, (port) => formPost(port, { method: 'TRACE' })],
    ['a method that is none', 400, (port) => formPost(port, { method: 'CANARY', body: right })],
    [
      'a web socket',
      405,
      (port) =>
        formPost(port, {
          method: 'GET',
          headers: { Connection: 'Upgrade', Upgrade: 'websocket', 'Sec-Fetch-Mode': 'websocket' },
        }),
    ],
    ['HTTP/2', 400, () => 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    [
      'two requests in one packet, of which the first is wrong',
      400,
      (port) => formPost(port, { body: 'state=wrong' }) + formPost(port, { method: 'GET' }),
    ],
    ['no HTTP at all', 400, () => 'nonsense\r\n\r\n'],
    ['a TLS hello', 400, () => '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
    [
      'a header of 20 kB',
      431,
      (port) => formPost(port, { headers: { Cookie: 'a'.repeat(20_000) }, body: right }),
    ],
  ];

  it.each(cases)('%s: %i', async (_, status, text) => {
    const { port, answer, isOver } = await wait();
    const got = await send(port, text(port));
    expect(got.status).toBe(status);
    expect(isOver()).toBe(false);
    expect((await send(port, formPost(port, { body: right }))).status).toBe(200);
    expect(await answer).toBe('c0de');
  });

  it('counts and tells what was passed over, without a word of it', async () => {
    const lines: string[] = [];
    const { port, listener } = await wait({ log: (line) => lines.push(line) });
    await send(port, formPost(port, { body: 'state=CANARY-state&code=CANARY-code' }));
    await send(port, formPost(port, { headers: { Host: 'CANARY.example' } }));
    expect(listener.ignored).toBe(2);
    expect(lines).toHaveLength(2);
    expect(lines.join()).not.toContain('CANARY');
  });

  it('takes what proper browsers leave out or put in: no origin, an opaque one, our own, older ones without Sec-Fetch', async () => {
    for (const headers of [
      { Origin: undefined },
      { Origin: 'null' },
      { Origin: 'https://login.microsoftonline.com' },
      { 'Sec-Fetch-Mode': undefined, 'Sec-Fetch-Dest': undefined, 'Sec-Fetch-Site': undefined },
      { 'Content-Type': 'application/x-www-form-urlencoded; charset=utf-8' },
      { 'content-type': undefined, 'Content-Type': 'Application/X-WWW-Form-Urlencoded' },
    ]) {
      const { port, answer } = await wait();
      expect((await send(port, formPost(port, { headers, body: right }))).status).toBe(200);
      expect(await answer).toBe('c0de');
    }
    const { port, answer } = await wait();
    const Host = `127.0.0.1:${String(port)}`;
    expect(
      (await send(port, formPost(port, { headers: { Host, Origin: `http://${Host}` }, body: right }))).status,
    ).toBe(200);
    await answer;
  });

  it('a page that opens spare connections and sends nothing on them (Chrome does; redshift_connector then hangs)', async () => {
    const { port, answer } = await wait();
    const spare = await Promise.all([Raw.open(port), Raw.open(port), Raw.open(port)]);
    expect((await send(port, formPost(port, { body: right }))).status).toBe(200);
    expect(await answer).toBe('c0de');
    // They go with the port.
    await Promise.all(spare.map(({ ended }) => ended));
  });

  it('a connection that stays silent, or stops in the middle of a form: it is dropped', async () => {
    const { port, answer, isOver } = await wait({ idle: 30 });
    const silent = await Raw.open(port);
    const stuck = await Raw.open(port);
    await stuck.send(formPost(port, { body: right }).slice(0, -1));
    await Promise.all([silent.ended, stuck.ended]);
    expect(isOver()).toBe(false);
    expect((await send(port, formPost(port, { body: right }))).status).toBe(200);
    expect(await answer).toBe('c0de');
  });

  it('a connection that breaks in the middle of the form', async () => {
    const { port, answer, isOver } = await wait();
    const raw = await Raw.open(port);
    const text = formPost(port, { body: right });
    await raw.send(text.slice(0, -3));
    raw.socket.destroy();
    await raw.ended;
    expect(isOver()).toBe(false);
    expect((await send(port, formPost(port, { body: right }))).status).toBe(200);
    expect(await answer).toBe('c0de');
  });

  it('a request to pass on to another host (CONNECT), without an answer', async () => {
    const { port, answer, isOver } = await wait();
    const raw = await Raw.open(port);
    await raw.send(formPost(port, { method: 'CONNECT', path: 'evil.example:443' }));
    await raw.ended;
    expect(raw.text).not.toContain(' 200 ');
    expect(isOver()).toBe(false);
    await send(port, formPost(port, { body: right }));
    expect(await answer).toBe('c0de');
  });

  it('a page of hundreds of connections', async () => {
    const { port, answer } = await wait();
    const many = await Promise.all(Array.from({ length: 150 }, () => Raw.open(port)));
    // More than a hundred were not let in.
    await Promise.race(many.map(({ ended }) => ended));
    for (const { socket } of many) socket.destroy();
    await Promise.all(many.map(({ ended }) => ended));
    let status = 0;
    // The listener may not have seen all of them go.
    while (status !== 200) status = (await send(port, formPost(port, { body: right }))).status;
    expect(await answer).toBe('c0de');
  });
});

describe('what it answers', () => {
  it('is a fixed page: no script, no store, no referrer, nothing of the request', async () => {
    const { port, answer } = await wait();
    const evil = '<script>alert(1)</script>';
    const pages = [
      await send(port, formPost(port, { body: `state=${encodeURIComponent(evil)}` })),
      await send(port, formPost(port, { path: `/${evil}` })),
      await send(port, formPost(port, { body: `${right}&RelayState=https%3A%2F%2Fevil.example` })),
    ];
    await answer;
    for (const { headers, body } of pages) {
      expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
      expect(headers.get('cache-control')).toBe('no-store');
      expect(headers.get('content-security-policy')).toMatch(/^default-src 'none';/);
      expect(headers.get('referrer-policy')).toBe('no-referrer');
      expect(headers.get('connection')).toBe('close');
      expect(headers.has('location')).toBe(false);
      expect(headers.has('set-cookie')).toBe(false);
      expect([...headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
      expect(body).not.toContain('script');
      expect(body).not.toContain('evil');
      expect(body).not.toContain('c0de');
    }
  });

  it('that cannot be judged ends the login with what went wrong, and not the process', async () => {
    const { port, answer } = await wait({}, () => {
      throw new Error('odd');
    });
    const given = expect(answer).rejects.toThrow('odd');
    expect((await send(port, formPost(port, { body: right }))).status).toBe(200);
    await given;
    expect(await isFree(port)).toBe(true);
  });

  it('tells a refusal on another page', async () => {
    const { port, answer } = await wait({}, () => ({ kind: 'refused', error: new Error('access_denied') }));
    const rejected = expect(answer).rejects.toThrow('access_denied');
    const { status, body } = await send(port, formPost(port, { body: right }));
    await rejected;
    expect(status).toBe(200);
    expect(body).toContain('The login was refused');
  });
});

describe('how it ends', () => {
  it('frees the port at once when it is aborted, whatever is connected', async () => {
    const { port, answer, give, listener } = await wait();
    const idle = await Raw.open(port);
    const half = await Raw.open(port);
    await half.send(formPost(port, { body: right }).slice(0, -2));
    const reason = new Error('given up');
    const rejected = expect(answer).rejects.toBe(reason);
    give.abort(reason);
    expect(await isFree(port)).toBe(true);
    if (listener.addresses.length > 1) expect(await isFree(port, '::1')).toBe(true);
    await rejected;
    await Promise.all([idle.ended, half.ended]);
  });

  it('frees the port when the answer is there, although its page is still being read', async () => {
    const { port, answer } = await wait();
    const slow = await Raw.open(port);
    slow.socket.pause();
    await slow.send(formPost(port, { body: right }));
    await answer;
    while (!(await isFree(port))) await sleep(1);
    slow.socket.resume();
    expect((await slow.answer()).body).toContain('You may close this window');
  });

  it('does not begin when it was aborted before', async () => {
    const listener = await listen();
    const reason = new Error('too late');
    await expect(listener.receive(byState, AbortSignal.abort(reason))).rejects.toBe(reason);
    expect(await isFree(listener.port)).toBe(true);
  });

  it('may be closed twice', async () => {
    const listener = await listen();
    listener.close();
    listener.close();
    expect(await isFree(listener.port)).toBe(true);
  });
});

async function hasV6(): Promise<boolean> {
  return isFree(0, '::1');
}
