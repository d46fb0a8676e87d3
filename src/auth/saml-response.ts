/**
 * What a SAML response says, read as strictly as anything that a stranger sent: the attributes that a login needs, times
 * and addresses. It does not verify the signature (STS does), never changes a byte, and never repeats the response.
 */
import { AuthenticationError } from '../errors.js';
import { roleAttribute } from './saml-roles.js';
import { parseXml, XmlError, type XmlElement } from './xml.js';

const assertionNamespace = 'urn:oasis:names:tc:SAML:2.0:assertion';
const protocolNamespace = 'urn:oasis:names:tc:SAML:2.0:protocol';
const success = 'urn:oasis:names:tc:SAML:2.0:status:Success';

/** Bytes of the decoded response; those of large companies are about 100 kB. */
export const largestResponse = 2 ** 20;

/** The attributes that a login reads ("Configure SAML assertions for your IdP", Amazon Redshift Management Guide). */
const attributeNames = {
  role: roleAttribute,
  roleSessionName: 'https://aws.amazon.com/SAML/Attributes/RoleSessionName',
  dbUser: 'https://redshift.amazon.com/SAML/Attributes/DbUser',
  dbGroups: 'https://redshift.amazon.com/SAML/Attributes/DbGroups',
  autoCreate: 'https://redshift.amazon.com/SAML/Attributes/AutoCreate',
  allowDbUserOverride: 'https://redshift.amazon.com/SAML/Attributes/AllowDbUserOverride',
  forceLowercase: 'https://redshift.amazon.com/SAML/Attributes/ForceLowercase',
} as const;

export type SamlAttribute = keyof typeof attributeNames;

export interface SamlResponse {
  /** The identity provider, as the assertion names it. */
  readonly issuer: string | undefined;
  /** Where the response was sent to. */
  readonly destination: string | undefined;
  /** Where each confirmation of the subject was sent to. */
  readonly recipients: readonly string[];
  readonly issued: Date | undefined;
  readonly notBefore: Date | undefined;
  /** The earliest end of all that it names. */
  readonly notOnOrAfter: Date | undefined;
  /** Non-empty values in document order, outer blanks cut; those of attributes of one name together. */
  readonly attributes: Readonly<Record<SamlAttribute, readonly string[]>>;
  /** Attributes that nobody here can read. */
  readonly encryptedAttributes: boolean;
}

/**
 * Reads the base64 text of a SAMLResponse.
 *
 * @param plugin for errors
 * @throws AuthenticationError of stage `saml`: no base64, too large, no UTF-8, no strict XML, no success, not exactly one
 * assertion, an encrypted one
 */
export async function readSamlResponse(base64: string, plugin: string): Promise<SamlResponse> {
  const refuse = (message: string, hint?: string): never => {
    throw new AuthenticationError(message, { plugin, stage: 'saml', hint });
  };
  const text = decode(base64, refuse);
  let root: XmlElement;
  try {
    root = parseXml(text);
  } catch (error) {
    if (!(error instanceof XmlError)) throw error;
    return refuse(
      `The SAML response is refused, since it has ${error.message}`,
      'what came is no SAML response, or it was changed on its way',
    );
  }
  if (!(await secondReaderAgrees(text))) return refuse('The SAML response is no well-formed XML');
  checkRoot(root, refuse);
  checkStatus(root, refuse);
  return told(root, onlyAssertion(root, refuse), refuse);
}

/** So that no slip of the first reader is believed. What this one makes of the document is not used. */
async function secondReaderAgrees(text: string): Promise<boolean> {
  const { XMLParser } = await import('fast-xml-parser');
  try {
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- version 5 validates in no other way
    new XMLParser({ preserveOrder: true, processEntities: false, parseTagValue: false }).parse(text, true);
    return true;
  } catch {
    return false;
  }
}

type Refuse = (message: string, hint?: string) => never;

function decode(base64: string, refuse: Refuse): string {
  const large = (): never =>
    refuse(`The SAML response is larger than ${String(largestResponse)} bytes`, 'nobody would take it');
  if (base64.length > 2 * largestResponse) return large();
  const packed = base64.replace(/[ \t]*(?:\r\n|\r|\n)[ \t]*/g, '').trim();
  if (packed === '') return refuse('The SAML response is empty');
  if (/^</.test(packed))
    return refuse('The SAML response is XML where its base64 text belongs', 'give it as base64');
  if (packed.includes(' '))
    return refuse(
      'The SAML response is no base64: it has blanks',
      'a form decoded twice turns + into blanks',
    );
  if (packed.includes('%'))
    return refuse('The SAML response is no base64: it is still URL-encoded', 'decode the form field first');
  if (packed.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(packed))
    return refuse('The SAML response is no base64', 'give the whole value of the form field SAMLResponse');
  const bytes = Buffer.from(packed, 'base64');
  if (bytes.length > largestResponse) return large();
  try {
    // UTF-16 does not pass: its byte order mark is no UTF-8, and without one it is full of NUL characters.
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return refuse('The SAML response is not in UTF-8', 'no other encoding is taken');
  }
}

function checkRoot(root: XmlElement, refuse: Refuse): void {
  if (is(root, protocolNamespace, 'Response')) return;
  if (is(root, assertionNamespace, 'Assertion') || is(root, assertionNamespace, 'EncryptedAssertion'))
    refuse('This is a bare SAML assertion', 'STS takes the whole samlp:Response around it');
  if (/^urn:oasis:names:tc:SAML:1\.[01]:/.test(root.namespace))
    refuse('This is a SAML 1.1 response', 'AWS takes SAML 2.0 only');
  refuse('This is no SAML 2.0 response: the root element is another one');
}

/** What the identity provider says when it refuses, in its own words. */
function checkStatus(root: XmlElement, refuse: Refuse): void {
  for (const status of childrenOf(root, protocolNamespace, 'Status')) {
    const codes = codesOf(status);
    if (codes[0] === success) continue;
    const names = codes.map((code) => code.replace(/^urn:oasis:names:tc:SAML:2\.0:status:/, ''));
    const message = childrenOf(status, protocolNamespace, 'StatusMessage').map(({ text }) => text);
    refuse(
      `The identity provider refused the login: ${[printable(names.join(', ')), ...message.map(printable)].filter((part) => part !== '').join(': ')}`,
      names.includes('NoPassive') || names.includes('AuthnFailed')
        ? 'sign in again, and check that the application is assigned to this user'
        : 'the logs of the identity provider tell more',
    );
  }
}

/** The code of a status, and those inside of it. */
function codesOf(parent: XmlElement): string[] {
  return childrenOf(parent, protocolNamespace, 'StatusCode').flatMap((code) => [
    code.attributes.get('Value') ?? '',
    ...codesOf(code),
  ]);
}

/** One line of bounded length. */
function printable(text: string): string {
  const line = text.replace(/[\p{C}\s]+/gu, ' ').trim();
  return line.length > 300 ? `${line.slice(0, 300)}…` : line;
}

/**
 * The one assertion, which is a child of the response. A second one anywhere in the document could be the one that STS
 * reads (signature wrapping), so both are refused.
 */
function onlyAssertion(root: XmlElement, refuse: Refuse): XmlElement {
  const clear = countOf(root, 'Assertion');
  const encrypted = countOf(root, 'EncryptedAssertion');
  if (clear + encrypted > 1)
    refuse(
      `The SAML response holds ${String(clear + encrypted)} assertions, and it is not clear which one counts`,
      'the identity provider has to send exactly one',
    );
  if (encrypted === 1)
    refuse(
      'The SAML assertion is encrypted, so the roles in it cannot be read',
      'switch off assertion encryption for this application at the identity provider',
    );
  const [assertion] = childrenOf(root, assertionNamespace, 'Assertion');
  return (
    assertion ??
    refuse(
      clear === 0
        ? 'The SAML response holds no assertion'
        : 'The SAML assertion does not stand where it belongs',
    )
  );
}

function told(root: XmlElement, assertion: XmlElement, refuse: Refuse): SamlResponse {
  const conditions = childrenOf(assertion, assertionNamespace, 'Conditions');
  const confirmed = childrenOf(assertion, assertionNamespace, 'Subject')
    .flatMap((subject) => childrenOf(subject, assertionNamespace, 'SubjectConfirmation'))
    .flatMap((confirmation) => childrenOf(confirmation, assertionNamespace, 'SubjectConfirmationData'));
  const statements = childrenOf(assertion, assertionNamespace, 'AttributeStatement');
  const ends = [...conditions, ...confirmed].flatMap((each) => timeOf(each, 'NotOnOrAfter') ?? []);
  const begins = conditions.flatMap((each) => timeOf(each, 'NotBefore') ?? []);
  return {
    issuer: childrenOf(assertion, assertionNamespace, 'Issuer')[0]?.text.trim(),
    destination: root.attributes.get('Destination'),
    recipients: confirmed.flatMap((each) => each.attributes.get('Recipient') ?? []),
    issued: timeOf(assertion, 'IssueInstant'),
    notBefore: begins.sort((a, b) => b.getTime() - a.getTime())[0],
    notOnOrAfter: ends.sort((a, b) => a.getTime() - b.getTime())[0],
    attributes: attributesOf(statements, refuse),
    encryptedAttributes: statements.some(
      (statement) => childrenOf(statement, assertionNamespace, 'EncryptedAttribute').length > 0,
    ),
  };
}

function attributesOf(statements: readonly XmlElement[], refuse: Refuse): SamlResponse['attributes'] {
  const elements = statements.flatMap((each) => childrenOf(each, assertionNamespace, 'Attribute'));
  const values = (name: string): string[] =>
    elements
      .filter(({ attributes }) => attributes.get('Name') === name)
      .flatMap((element) => childrenOf(element, assertionNamespace, 'AttributeValue'))
      .map(({ text, children }) =>
        children.length === 0
          ? text.trim()
          : refuse(`The SAML attribute ${name} holds XML where text belongs`),
      )
      .filter((text) => text !== '');
  return Object.fromEntries(
    Object.entries(attributeNames).map(([key, name]) => [key, values(name)]),
  ) as unknown as SamlResponse['attributes'];
}

function is(element: XmlElement, namespace: string, name: string): boolean {
  return element.namespace === namespace && element.name === name;
}

function childrenOf(parent: XmlElement, namespace: string, name: string): XmlElement[] {
  return parent.children.filter((child) => is(child, namespace, name));
}

/** Of a whole tree, whose depth the reader has bounded. */
function countOf(element: XmlElement, name: string): number {
  let count = is(element, assertionNamespace, name) ? 1 : 0;
  for (const child of element.children) count += countOf(child, name);
  return count;
}

/** An xs:dateTime; SAML core 1.3.3 has all of them in UTC. */
function timeOf(element: XmlElement, name: string): Date | undefined {
  const text = element.attributes.get(name)?.trim() ?? '';
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,12})?(?:Z|[+-]\d\d:\d\d)?$/.test(text)) return undefined;
  // Without a zone it is UTC, not the zone of this machine.
  const time = new Date(/(?:Z|[+-]\d\d:\d\d)$/.test(text) ? text : `${text}Z`);
  return Number.isNaN(time.getTime()) ? undefined : time;
}
