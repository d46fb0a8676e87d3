/** What the Microsoft Entra plugins share: hosts, answers, and the SAML response around an assertion. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { entraAnswer, entraHost, expirationOf, samlResponseOf } from '../../../src/auth/entra.js';

const plugin = 'AzureCredentialsProvider';

describe('entraHost', () => {
  it.each([
    [undefined, 'login.microsoftonline.com'],
    ['Commercial', 'login.microsoftonline.com'],
    ['\tUS-GOV ', 'login.microsoftonline.us'],
    ['cn', 'login.chinacloudapi.cn'],
  ])('of %j is %s', (partition, host) => {
    expect(entraHost(partition, plugin)).toBe(host);
  });

  it('lists the partitions when there is no such one', () => {
    expect(() => entraHost('constructor', plugin)).toThrow('empty, commercial, us-gov or cn');
  });
});

describe('samlResponseOf', () => {
  const read = (assertion: string | Buffer): string =>
    Buffer.from(samlResponseOf(Buffer.from(assertion).toString('base64url'), plugin), 'base64').toString(
      'utf8',
    );

  it('leaves every byte of the signed assertion as it is (redshift_connector damages umlauts and quotes)', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const assertion = `<Assertion ID="_1" a='"'>Müller & ${text}</Assertion>`;
        const response = read(assertion);
        expect(response).toContain(`</samlp:Status>${assertion}</samlp:Response>`);
      }),
    );
  });

  it('says Success, in the namespace of the protocol', () => {
    expect(read('<Assertion/>')).toBe(
      '<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol"><samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status><Assertion/></samlp:Response>',
    );
  });

  it('leaves out an XML declaration, which may stand at the beginning of a document only', () => {
    expect(read('\ufeff<?xml version="1.0" encoding="utf-8"?>\r\n<Assertion/>')).toContain(
      '</samlp:Status><Assertion/>',
    );
  });

  it('takes plain base64 with padding too', () => {
    const text = Buffer.from('<Assertion>??>>~~</Assertion>').toString('base64');
    expect(Buffer.from(samlResponseOf(text, plugin), 'base64').toString()).toContain('??>>~~');
  });

  it.each(['eyJhbGciOiJSUzI1NiJ9.eyJ.CANARY', 'CANARYCANARY', '<Assertion>CANARY</Assertion>', ''])(
    'refuses %j without repeating it',
    (token) => {
      expect(() => samlResponseOf(token, plugin)).toThrow(/is no SAML assertion(?!.*CANARY)/);
    },
  );
});

describe('entraAnswer', () => {
  const answer = (status: number, body: string) => ({
    status,
    body,
    headers: {},
    url: 'https://login.example/',
  });

  it('keeps what Entra says on one line, without control characters, and not endlessly', () => {
    const error_description = `AADSTS50126: Error validating credentials.\r\n\u001b[2JTrace ID: 1 ${'x'.repeat(5000)}`;
    const body = JSON.stringify({ error: 'invalid_grant', error_description });
    let text = '';
    try {
      entraAnswer(answer(400, body), plugin);
    } catch (error) {
      text = (error as Error).message;
    }
    expect(text).toContain('invalid_grant: AADSTS50126: Error validating credentials. [2JTrace ID: 1 xxx');
    expect(text).toMatch(/^[^\u0000-\u001f]*\(check user and password\)$/);
    expect(text.length).toBeLessThan(800);
  });

  it('reports an error that comes with status 200', () => {
    expect(() => entraAnswer(answer(200, '{"error":"x","access_token":"CANARY"}'), plugin)).toThrow(
      /refused the login: x$/,
    );
  });

  it.each(['{', 'null', '"CANARY"', '[]', ''])('tells that %j is no answer', (body) => {
    expect(() => entraAnswer(answer(200, body), plugin)).toThrow(/is not JSON$/);
  });
});

describe('expirationOf', () => {
  it('reads a number, and the text that the older endpoint gives', () => {
    expect(expirationOf({ expires_in: 60 }, 1000)).toEqual(new Date(61_000));
    expect(expirationOf({ expires_in: '60' }, 1000)).toEqual(new Date(61_000));
  });

  it.each([undefined, null, 0, -1, 'soon', Infinity, {}, 1e300, '1e15', NaN])(
    'says nothing for %j',
    (expires_in) => {
      expect(expirationOf({ expires_in }, 1000)).toBeUndefined();
    },
  );
});
