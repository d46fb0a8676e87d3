import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { largestResponse, readSamlResponse, type SamlResponse } from '../../../src/auth/saml-response.js';
import { AuthenticationError } from '../../../src/errors.js';
import {
  createSamlIdp,
  idpShapes,
  redshiftAttribute,
  samlRole,
  samlSession,
  type IdpShape,
  type SamlIdp,
} from '../../fakes/saml/identity-provider.js';
import { drawn, render } from '../../fakes/saml/random-xml.js';

const canary = 'CanaryOfTheAssertion';
const pair = 'arn:aws:iam::123456789012:role/Reader,arn:aws:iam::123456789012:saml-provider/Corp';
const encode = (xml: string | Uint8Array): string => Buffer.from(xml).toString('base64');
const read = (xml: string | Uint8Array): Promise<SamlResponse> => readSamlResponse(encode(xml), 'Okta');

async function refused(work: Promise<unknown>): Promise<AuthenticationError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(AuthenticationError);
  expect(error).toMatchObject({ plugin: 'Okta', stage: 'saml' });
  expect((error as Error).message).not.toContain(canary);
  return error as AuthenticationError;
}

/** A response by hand; what is given stands where an attribute stands. */
const responseOf = (attributes: string, more = ''): string =>
  `<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">${more}` +
  `<saml:Assertion><saml:AttributeStatement>${attributes}</saml:AttributeStatement></saml:Assertion></samlp:Response>`;
const user = (value: string): string =>
  `<saml:Attribute Name="${redshiftAttribute('DbUser')}"><saml:AttributeValue>${value}</saml:AttributeValue></saml:Attribute>`;

describe('responses of identity providers', () => {
  const idps = new Map<IdpShape, SamlIdp>();
  beforeAll(async () => {
    for (const shape of idpShapes) idps.set(shape, await createSamlIdp(shape));
  });

  it.each(idpShapes)('of %s are read in full, the attributes of Redshift too', async (shape) => {
    const idp = idps.get(shape)!;
    const destination = 'http://localhost:7890/redshift/';
    const response = await readSamlResponse(
      idp.respond({
        destination,
        issued: new Date('2026-01-02T03:04:05.678Z'),
        seconds: 120,
        attributes: [
          [samlRole, [pair, ` ${pair} `]],
          [samlSession, ['alice@corp.test']],
          [redshiftAttribute('DbUser'), ['alïce & "co" <x>']],
          [redshiftAttribute('DbGroups'), ['Sales', '', 'ops\u{1F600}']],
          [redshiftAttribute('AutoCreate'), ['TRUE']],
          [redshiftAttribute('AllowDbUserOverride'), ['false']],
          [redshiftAttribute('ForceLowercase'), ['true']],
          ['urn:oid:0.9.2342.19200300.100.1.3', ['somebody else']],
        ],
      }),
      'Okta',
    );
    expect(response).toEqual({
      issuer: idp.entityId,
      destination,
      recipients: [destination],
      issued: new Date('2026-01-02T03:04:05.678Z'),
      notBefore: new Date('2026-01-02T03:03:05.678Z'),
      notOnOrAfter: new Date('2026-01-02T03:06:05.678Z'),
      attributes: {
        role: [pair, pair],
        roleSessionName: ['alice@corp.test'],
        dbUser: ['alïce & "co" <x>'],
        dbGroups: ['Sales', 'ops\u{1F600}'],
        autoCreate: ['TRUE'],
        allowDbUserOverride: ['false'],
        forceLowercase: ['true'],
      },
      encryptedAttributes: false,
    });
  });

  it.each(['saml', 'saml2', 'x', 'é'])('are read by namespace, so with the prefix %s too', async (prefix) => {
    const xml = responseOf(user('alice'))
      .replaceAll('saml:', `${prefix}:`)
      .replace('xmlns:saml=', `xmlns:${prefix}=`);
    expect((await read(xml)).attributes.dbUser).toEqual(['alice']);
  });
});

describe('values', () => {
  it.each([
    ['a comment', 'ad<!-- -->min'],
    ['a comment at the start', '<!-- x -->admin'],
    ['CDATA', 'ad<![CDATA[min]]>'],
    ['references', '&#97;d&#x6d;in'],
    ['an instruction', 'ad<?x?>min'],
    ['line ends around', '\r\n   admin\r\n  '],
  ])('with %s are whole: nobody becomes "ad"', async (_what, value) => {
    expect((await read(responseOf(user(value)))).attributes.dbUser).toEqual(['admin']);
  });

  it('of one attribute that is given twice stand together in document order, empty ones are left out', async () => {
    const xml = responseOf(
      `${user('')}${user('  ')}${user('b')}${user('a')}<saml:Attribute Name="${redshiftAttribute('DbUser')}"/>`,
    );
    expect((await read(xml)).attributes.dbUser).toEqual(['b', 'a']);
  });

  it.each([
    [
      'attributes of another namespace',
      `<x:Attribute xmlns:x="urn:x" Name="${redshiftAttribute('DbUser')}"><saml:AttributeValue>evil</saml:AttributeValue></x:Attribute>`,
    ],
    [
      'attributes of none',
      `<Attribute Name="${redshiftAttribute('DbUser')}"><AttributeValue>evil</AttributeValue></Attribute>`,
    ],
    [
      'values of another namespace',
      user('').replace(
        '<saml:AttributeValue></saml:AttributeValue>',
        '<x:AttributeValue xmlns:x="urn:x">evil</x:AttributeValue>',
      ),
    ],
    [
      'a prefix that stands for something else',
      `<saml:Attribute xmlns:saml="urn:x" Name="${redshiftAttribute('DbUser')}"><saml:AttributeValue>evil</saml:AttributeValue></saml:Attribute>`,
    ],
    ['a Name of another namespace', user('evil').replace('Name=', 'xmlns:x="urn:x" x:Name=')],
    ['names in other letters', user('evil').replace('DbUser', 'dbuser')],
    [
      'attributes in an attribute',
      `<saml:Attribute Name="x"><saml:AttributeValue>${user('evil')}</saml:AttributeValue></saml:Attribute>`,
    ],
  ])('%s are passed over', async (_what, attributes) => {
    expect((await read(responseOf(attributes))).attributes.dbUser).toEqual([]);
  });

  it('attributes that stand outside of the assertion are passed over', async () => {
    const outside = `<samlp:Extensions><saml:AttributeStatement>${user('evil')}</saml:AttributeStatement></samlp:Extensions>`;
    expect((await read(responseOf(user('alice'), outside))).attributes.dbUser).toEqual(['alice']);
  });

  it('that hold XML are refused where they count', async () => {
    const error = await refused(read(responseOf(user(`ad<b>${canary}</b>min`))));
    expect(error.message).toBe(
      `The SAML attribute ${redshiftAttribute('DbUser')} holds XML where text belongs`,
    );
    const other =
      '<saml:Attribute Name="urn:other"><saml:AttributeValue><b/></saml:AttributeValue></saml:Attribute>';
    expect((await read(responseOf(user('alice') + other))).attributes.dbUser).toEqual(['alice']);
  });
});

describe('hostile responses', () => {
  it('cannot make the reader open a file or a URL', async () => {
    let hits = 0;
    const server = createServer((_request, response) => {
      hits++;
      response.end('evil');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/`;
    for (const doctype of [
      `<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>`,
      `<!DOCTYPE x [<!ENTITY e SYSTEM "${url}">]>`,
      `<!DOCTYPE x [<!ENTITY % p SYSTEM "${url}"> %p;]>`,
      `<!DOCTYPE x SYSTEM "${url}">`,
      `<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY e "${'&a;'.repeat(1000)}">]>`,
      '<!DOCTYPE x>',
    ]) {
      const error = await refused(read(doctype + responseOf(user('&e;'))));
      expect(error.message).toContain('a DOCTYPE or another declaration (line 1, column 1)');
    }
    await new Promise((resolve) => server.close(resolve));
    expect(hits).toBe(0);
  });

  it.each(['&nbsp;', '&e;', '&xxe;', '&toString;'])(
    'with the undeclared entity %s are refused: redshift_connector goes on',
    async (entity) => {
      await refused(read(responseOf(user(`ad${entity}min`))));
    },
  );

  it.each(['utf16le', 'utf16be', 'utf16le with a mark', 'utf16be with a mark'])(
    'in %s with a DOCTYPE are refused',
    async (how) => {
      const xml = `<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE x [<!ENTITY e "${canary}">]>${responseOf(user('&e;'))}`;
      const bytes = Buffer.from((how.endsWith('mark') ? '\uFEFF' : '') + xml, 'utf16le');
      if (how.startsWith('utf16be')) bytes.swap16();
      await refused(read(bytes));
    },
  );

  it.each([
    ['UTF-7', Buffer.from(`<?xml version="1.0" encoding="UTF-7"?>+ADwAIQ-DOCTYPE x+AD4-`)],
    ['overlong UTF-8', Buffer.from([0x3c, 0xc0, 0xbc, 0x61, 0x2f, 0x3e])],
    ['half a character', Buffer.from([0x3c, 0x61, 0x3e, 0xc3])],
    ['surrogates in UTF-8', Buffer.from([0x3c, 0x61, 0x3e, 0xed, 0xa0, 0x80])],
  ])('in %s are refused', async (_what, bytes) => {
    await refused(read(bytes));
  });

  const assertion = (value: string): string =>
    `<saml:Assertion><saml:AttributeStatement>${user(value)}</saml:AttributeStatement></saml:Assertion>`;
  it.each([
    ['side by side', assertion('evil')],
    ['in the extensions', `<samlp:Extensions>${assertion('evil')}</samlp:Extensions>`],
    [
      'in a signature',
      `<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:Object>${assertion('evil')}</ds:Object></ds:Signature>`,
    ],
    [
      'with another prefix',
      assertion('evil')
        .replaceAll('saml:', 'x:')
        .replace('<x:Assertion', '<x:Assertion xmlns:x="urn:oasis:names:tc:SAML:2.0:assertion"'),
    ],
    ['encrypted', '<saml:EncryptedAssertion/>'],
  ])('with two assertions (%s) are refused, never mixed', async (_what, second) => {
    const error = await refused(read(responseOf(user('alice'), second)));
    expect(error.message).toContain('holds 2 assertions');
  });

  it('with an assertion inside of the assertion are refused', async () => {
    const advice = `<saml:Advice>${assertion('evil')}</saml:Advice>`;
    await refused(read(responseOf(user('alice')).replace('<saml:Assertion>', `<saml:Assertion>${advice}`)));
  });

  it('whose assertion stands elsewhere are refused', async () => {
    const xml = responseOf(user('alice'))
      .replace('<saml:Assertion>', '<samlp:Extensions><saml:Assertion>')
      .replace('</saml:Assertion>', '</saml:Assertion></samlp:Extensions>');
    expect((await refused(read(xml))).message).toContain('does not stand where it belongs');
  });

  it('whose assertion belongs to another namespace hold none', async () => {
    const xml = responseOf(user('alice')).replace(
      'saml="urn:oasis:names:tc:SAML:2.0:assertion"',
      'saml="urn:x"',
    );
    expect((await refused(read(xml))).message).toBe('The SAML response holds no assertion');
  });

  it('that are larger than a mebibyte are refused', async () => {
    expect((await refused(read(responseOf('', `<!--${'x'.repeat(largestResponse)}-->`)))).message).toContain(
      'larger than',
    );
    expect((await refused(readSamlResponse('\n'.repeat(5_000_000), 'Okta'))).message).toContain(
      'larger than',
    );
  });

  it('that are just below that size are read', async () => {
    const frame = responseOf(user('alice'), '<!---->').length;
    const xml = responseOf(user('alice'), `<!--${'x'.repeat(largestResponse - frame)}-->`);
    expect((await read(xml)).attributes.dbUser).toEqual(['alice']);
  });
});

describe('what is no response is told from others', () => {
  it.each([
    [
      'an encrypted assertion',
      responseOf('').replace(/<saml:Assertion>.*<\/saml:Assertion>/, '<saml:EncryptedAssertion/>'),
      'is encrypted, so the roles in it cannot be read (switch off assertion encryption',
    ],
    [
      'a bare assertion',
      '<Assertion xmlns="urn:oasis:names:tc:SAML:2.0:assertion"/>',
      'STS takes the whole samlp:Response',
    ],
    ['SAML 1.1', '<Response xmlns="urn:oasis:names:tc:SAML:1.0:protocol"/>', 'AWS takes SAML 2.0 only'],
    ['a page', '<html><body>Sign in</body></html>', 'no SAML 2.0 response'],
    ['HTML', '<!DOCTYPE html><html><br></html>', 'DOCTYPE'],
    ['text', 'hello', 'text outside of the root element'],
  ])('%s', async (_what, xml, told) => {
    expect((await refused(read(xml))).message).toContain(told);
  });

  it.each([
    ['nothing', '', 'is empty'],
    ['blanks', ' \n ', 'is empty'],
    ['XML itself', `<samlp:Response>${canary}</samlp:Response>`, 'is XML where its base64 text belongs'],
    [
      'a form field that was decoded twice',
      encode(responseOf('')).replace(/.{20}/, '$& '),
      'a form decoded twice turns + into blanks',
    ],
    ['a form field that was not decoded', `${encode('<a/>').slice(0, -1)}%3D`, 'it is still URL-encoded'],
    ['a part of it', encode(responseOf('')).slice(0, 41), 'is no base64'],
    ['base64url', '_-_-', 'is no base64'],
    ['padding in the middle', 'YQ==YQ==', 'is no base64'],
  ])('%s', async (_what, base64, told) => {
    expect((await refused(readSamlResponse(base64, 'Okta'))).message).toContain(told);
  });

  it('base64 of several lines is read, as Ping sends it', async () => {
    const lines = encode(responseOf(user('alice'))).replace(/.{76}/g, '$&\r\n');
    expect((await readSamlResponse(` ${lines}\n`, 'Okta')).attributes.dbUser).toEqual(['alice']);
  });

  it("the identity provider's refusal is told in its own words, bounded and on one line", async () => {
    const status = (code: string, message: string): string =>
      `<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol"><samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Responder"><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:${code}"/></samlp:StatusCode><samlp:StatusMessage>${message}</samlp:StatusMessage></samlp:Status></samlp:Response>`;
    expect((await refused(read(status('AuthnFailed', 'AADSTS50105: not\n assigned')))).message).toBe(
      'The identity provider refused the login: Responder, AuthnFailed: AADSTS50105: not assigned (sign in again, and check that the application is assigned to this user)',
    );
    expect((await refused(read(status('RequestDenied', 'x'.repeat(9999))))).message.length).toBeLessThan(500);
  });

  it('encrypted attributes are noticed', async () => {
    expect((await read(responseOf('<saml:EncryptedAttribute/>'))).encryptedAttributes).toBe(true);
  });
});

describe('times', () => {
  it.each([
    ['2026-01-02T03:04:05Z', '2026-01-02T03:04:05.000Z'],
    ['2026-01-02T03:04:05.1234567Z', '2026-01-02T03:04:05.123Z'],
    ['2026-01-02T03:04:05+02:00', '2026-01-02T01:04:05.000Z'],
    ['2026-01-02T03:04:05', '2026-01-02T03:04:05.000Z'],
    ['yesterday', undefined],
    ['2026-99-02T03:04:05Z', undefined],
  ])('%s is %s', async (text, time) => {
    const xml = responseOf('').replace('<saml:Assertion>', `<saml:Assertion IssueInstant="${text}">`);
    expect((await read(xml)).issued?.toISOString()).toBe(time);
  });
});

describe('whatever comes', () => {
  const clean = async (base64: string): Promise<void> => {
    try {
      await readSamlResponse(base64, 'Okta');
    } catch (error) {
      expect(error).toBeInstanceOf(AuthenticationError);
    }
  };

  it('random trees, random bytes and random text give an answer or an AuthenticationError', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc
            .tuple(drawn, fc.infiniteStream(fc.nat()))
            .map(([tree, stream]) => encode(render(tree, () => stream.next().value as number))),
          fc.uint8Array({ maxLength: 200 }).map(encode),
          fc.string(),
          fc.base64String(),
        ),
        clean,
      ),
      { numRuns: 500 },
    );
  });

  it('real responses with bytes changed, lost and doubled, too', async () => {
    const xml = Buffer.from(
      responseOf(
        user('alice'),
        '<samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status>',
      ),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.nat(xml.length),
        fc.nat(40),
        fc.uint8Array({ maxLength: 8 }),
        async (at, cut, put) => {
          await clean(encode(Buffer.concat([xml.subarray(0, at), put, xml.subarray(at + cut)])));
        },
      ),
      { numRuns: 500 },
    );
  });
});
