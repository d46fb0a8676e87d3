/**
 * An identity provider that really signs: SAML responses in the shapes of ADFS, Okta, Ping and Entra ID, which differ in
 * prefixes, in what is signed, and in how the base64 text is broken. Keys and certificates are made anew in every run.
 * Sources: SAML core 2.0, "Configure SAML assertions for your IdP" (Amazon Redshift), responses of the four as documented.
 */
import { randomBytes } from 'node:crypto';
import { SignedXml } from 'xml-crypto';
import { selfSigned } from '../../../src/local/certificate.js';

export type IdpShape = 'adfs' | 'okta' | 'ping' | 'entra';
export const idpShapes: readonly IdpShape[] = ['adfs', 'okta', 'ping', 'entra'];

export const samlRole = 'https://aws.amazon.com/SAML/Attributes/Role';
export const samlSession = 'https://aws.amazon.com/SAML/Attributes/RoleSessionName';
export const redshiftAttribute = (name: string): string =>
  `https://redshift.amazon.com/SAML/Attributes/${name}`;

export interface Claims {
  /** Values by attribute name, in this order. */
  readonly attributes: readonly (readonly [name: string, values: readonly string[]])[];
  /** XML to stand behind the attributes, as it is. */
  readonly rawAttributes?: string;
  readonly subject?: string;
  /** Assertion consumer URL: Destination and Recipient. */
  readonly destination?: string;
  readonly audience?: string;
  /** When it was issued; it is valid for `seconds`. */
  readonly issued?: Date;
  readonly seconds?: number;
}

export interface SamlIdp {
  readonly shape: IdpShape;
  readonly entityId: string;
  /** PEM: what AWS has from the metadata. */
  readonly cert: string;
  /** Base64, signed. */
  respond(claims: Claims): string;
  /** The same as XML. */
  respondXml(claims: Claims): string;
  /** Signs what a test has written: the element of that ID. */
  sign(xml: string, id: string): string;
}

interface Look {
  readonly protocol: string;
  readonly assertion: string;
  readonly signature: string;
  readonly signs: readonly ('assertion' | 'response')[];
  readonly declaration: string;
  /** Attributes of an AttributeValue. */
  readonly typed: string;
  /** Characters of a line of base64; 0: one line. */
  readonly wrap: number;
  readonly entityId: string;
}

const typed =
  ' xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="xs:string"';
const looks: Readonly<Record<IdpShape, Look>> = {
  adfs: {
    protocol: 'samlp',
    assertion: '',
    signature: 'ds',
    signs: ['assertion'],
    declaration: '',
    typed: '',
    wrap: 0,
    entityId: 'http://adfs.corp.test/adfs/services/trust',
  },
  okta: {
    protocol: 'saml2p',
    assertion: 'saml2',
    signature: 'ds',
    signs: ['assertion', 'response'],
    declaration: '<?xml version="1.0" encoding="UTF-8"?>',
    typed,
    wrap: 0,
    entityId: 'http://www.okta.test/exk1canary',
  },
  ping: {
    protocol: 'samlp',
    assertion: 'saml',
    signature: 'ds',
    signs: ['response'],
    declaration: '',
    typed,
    wrap: 76,
    entityId: 'https://ping.corp.test',
  },
  entra: {
    protocol: 'samlp',
    assertion: '',
    signature: '',
    signs: ['assertion'],
    declaration: '',
    typed: '',
    wrap: 0,
    entityId: 'https://sts.windows.test/11111111-2222-3333-4444-555555555555/',
  },
};

const exclusive = 'http://www.w3.org/2001/10/xml-exc-c14n#' as const;

export async function createSamlIdp(shape: IdpShape): Promise<SamlIdp> {
  const look = looks[shape];
  const { cert, key } = await selfSigned({ commonName: `${shape}.test`, keys: 'RSA' });
  const sign = (xml: string, id: string): string => {
    const signed = new SignedXml({
      privateKey: key,
      publicCert: cert,
      canonicalizationAlgorithm: exclusive,
      signatureAlgorithm: 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
    });
    signed.addReference({
      xpath: `//*[@ID='${id}']`,
      digestAlgorithm: 'http://www.w3.org/2001/04/xmlenc#sha256',
      transforms: ['http://www.w3.org/2000/09/xmldsig#enveloped-signature', exclusive],
    });
    signed.computeSignature(xml, {
      ...(look.signature === '' ? {} : { prefix: look.signature }),
      location: { reference: `//*[@ID='${id}']/*[local-name(.)='Issuer']`, action: 'after' },
    });
    return signed.getSignedXml();
  };
  const respondXml = (claims: Claims): string => {
    const ids = {
      response: `_r${randomBytes(8).toString('hex')}`,
      assertion: `_a${randomBytes(8).toString('hex')}`,
    };
    let xml = unsignedResponse(look, claims, ids);
    for (const part of look.signs) xml = sign(xml, ids[part]);
    return `${look.declaration}${xml}`;
  };
  return {
    shape,
    entityId: look.entityId,
    cert,
    respondXml,
    sign,
    respond(claims) {
      const base64 = Buffer.from(respondXml(claims)).toString('base64');
      return look.wrap === 0 ? base64 : base64.replace(new RegExp(`.{${String(look.wrap)}}`, 'g'), '$&\r\n');
    },
  };
}

function unsignedResponse(
  look: Look,
  claims: Claims,
  ids: { readonly response: string; readonly assertion: string },
): string {
  const p = look.protocol;
  const a = look.assertion === '' ? '' : `${look.assertion}:`;
  const xmlns = `xmlns${look.assertion === '' ? '' : `:${look.assertion}`}="urn:oasis:names:tc:SAML:2.0:assertion"`;
  const issued = claims.issued ?? new Date();
  const at = (seconds: number): string => new Date(issued.getTime() + seconds * 1000).toISOString();
  const end = at(claims.seconds ?? 300);
  const destination = escapeXml(claims.destination ?? 'https://signin.aws.amazon.com/saml');
  const audience = escapeXml(claims.audience ?? 'urn:amazon:webservices');
  const issuer = `<${a}Issuer>${look.entityId}</${a}Issuer>`;
  const attributes = claims.attributes
    .map(
      ([name, values]) =>
        `<${a}Attribute Name="${escapeXml(name)}" NameFormat="urn:oasis:names:tc:SAML:2.0:attrname-format:uri">${values.map((value) => `<${a}AttributeValue${look.typed}>${escapeXml(value)}</${a}AttributeValue>`).join('')}</${a}Attribute>`,
    )
    .join('');
  return (
    `<${p}:Response xmlns:${p}="urn:oasis:names:tc:SAML:2.0:protocol" ID="${ids.response}" Version="2.0" IssueInstant="${at(0)}" Destination="${destination}">` +
    `<${a}Issuer ${xmlns}>${look.entityId}</${a}Issuer>` +
    `<${p}:Status><${p}:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></${p}:Status>` +
    `<${a}Assertion ${xmlns} ID="${ids.assertion}" IssueInstant="${at(0)}" Version="2.0">${issuer}` +
    `<${a}Subject><${a}NameID Format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent">${escapeXml(claims.subject ?? 'alice')}</${a}NameID>` +
    `<${a}SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><${a}SubjectConfirmationData NotOnOrAfter="${end}" Recipient="${destination}"/></${a}SubjectConfirmation></${a}Subject>` +
    `<${a}Conditions NotBefore="${at(-60)}" NotOnOrAfter="${end}"><${a}AudienceRestriction><${a}Audience>${audience}</${a}Audience></${a}AudienceRestriction></${a}Conditions>` +
    `<${a}AttributeStatement>${attributes}${claims.rawAttributes ?? ''}</${a}AttributeStatement>` +
    `<${a}AuthnStatement AuthnInstant="${at(0)}"><${a}AuthnContext><${a}AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport</${a}AuthnContextClassRef></${a}AuthnContext></${a}AuthnStatement>` +
    `</${a}Assertion></${p}:Response>`
  );
}

export function escapeXml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
