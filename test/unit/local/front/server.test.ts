import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { encodeFrontend } from '../../../../src/protocol/frontend.js';
import { createAuthority, loopbackNames } from '../../../../src/local/certificate.js';
import { listen, type ListeningServer } from '../../../../src/local/front/server.js';

describe('the listening half', () => {
  let server: ListeningServer | undefined;
  afterEach(() => server?.close());

  it('lets go of a client whose TLS handshake breaks off', async () => {
    const authority = await createAuthority('Test authority');
    const tls = await authority.issue({ commonName: 'localhost', ...loopbackNames });
    server = await listen({
      host: '127.0.0.1',
      port: 0,
      tls,
      serve: () => Promise.resolve(),
      cancel: () => Promise.resolve(),
    });
    const client = connect({ host: '127.0.0.1', port: server.port });
    const closed = once(client, 'close');
    client.on('error', () => undefined);
    client.write(encodeFrontend({ type: 'SSLRequest' }));
    const [answer] = (await once(client, 'data')) as [Buffer];
    expect(answer.toString()).toBe('S');
    client.write('This is no ClientHello. '.repeat(20));
    client.resume();
    await closed;
  });
});
