/**
 * The half of STS that believes a SAML response or does not: signature, issuer, audience, five minutes, role in the
 * assertion, trust policy. It reads only what was signed, and with other readers than the driver's.
 * Source of the texts: "Troubleshoot SAML federation with IAM" (IAM User Guide), AssumeRoleWithSAML (STS API Reference).
 */
import { XMLParser } from 'fast-xml-parser';
import { SignedXml } from 'xml-crypto';
import { FakeAwsError, type SamlRequest } from '../aws/fake-aws.js';
import { samlRole, samlSession } from './identity-provider.js';

/** An IAM identity provider: what its metadata says. */
export interface IamSamlProvider {
  readonly entityId: string;
  /** PEM. */
  readonly cert: string;
}

export interface SamlWorld {
  /** By ARN. */
  readonly providers: Readonly<Record<string, IamSamlProvider>>;
  /** Trust policies by role ARN: which providers, and which values of SAML:aud (the Recipient). */
  readonly roles: Readonly<
    Record<
      string,
      {
        readonly trusts: readonly string[];
        readonly audiences: readonly string[] | ((recipient: string) => boolean);
      }
    >
  >;
  readonly now?: () => Date;
}

type Tree = Record<string, unknown>;
const audiences = ['urn:amazon:webservices', 'https://signin.aws.amazon.com/saml'];

/** For `aws.world.saml` of the fake AWS. */
export function samlJudge(world: SamlWorld): (request: SamlRequest) => void {
  const now = world.now ?? (() => new Date());
  return ({ assertion, roleArn, principalArn }) => {
    if (assertion.length > 100_000) {
      // Real services repeat the value.
      throw new FakeAwsError(
        'ValidationError',
        `1 validation error detected: Value '${assertion}' at 'sAMLAssertion' failed to satisfy constraint: Member must have length less than or equal to 100000`,
      );
    }
    const provider = world.providers[principalArn];
    if (provider === undefined)
      throw new FakeAwsError('InvalidIdentityToken', "Specified provider doesn't exist");
    const xml = Buffer.from(assertion, 'base64').toString('utf8');
    const signed = signedAssertion(xml, provider.cert);
    if (textOf(signed['Issuer']) !== provider.entityId) {
      throw new FakeAwsError('InvalidIdentityToken', 'Issuer not present in specified provider');
    }
    const conditions = tree(signed['Conditions']);
    if (Date.parse(attribute(conditions, 'NotOnOrAfter')) <= now().getTime()) {
      throw new FakeAwsError('ExpiredTokenException', 'Response has expired');
    }
    if (now().getTime() - Date.parse(attribute(signed, 'IssueInstant')) > 300_000) {
      throw new FakeAwsError('ExpiredTokenException', 'Token must be redeemed within 5 minutes of issuance');
    }
    if (Date.parse(attribute(conditions, 'NotBefore')) > now().getTime()) {
      throw new FakeAwsError('InvalidIdentityToken', 'Response is not yet valid');
    }
    if (!audiences.includes(textOf(tree(conditions['AudienceRestriction'])['Audience']))) {
      throw new FakeAwsError('InvalidIdentityToken', 'Response does not contain the required audience');
    }
    const values = attributesOf(signed);
    const session = values.get(samlSession)?.[0];
    if (session === undefined) {
      throw new FakeAwsError('InvalidIdentityToken', 'RoleSessionName is required in AuthnResponse');
    }
    if (!/^[a-zA-Z_0-9+=,.@-]{2,64}$/.test(session)) {
      throw new FakeAwsError(
        'InvalidIdentityToken',
        'RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}',
      );
    }
    const pairs = (values.get(samlRole) ?? []).map((value) => value.replace(/\s/g, ''));
    const offered = pairs.some(
      (pair) => pair === `${roleArn},${principalArn}` || pair === `${principalArn},${roleArn}`,
    );
    const trust = world.roles[roleArn];
    const confirmation = tree(
      tree(tree(signed['Subject'])['SubjectConfirmation'])['SubjectConfirmationData'],
    );
    const recipient = attribute(confirmation, 'Recipient');
    const trusted =
      trust?.trusts.includes(principalArn) === true &&
      (typeof trust.audiences === 'function'
        ? trust.audiences(recipient)
        : trust.audiences.includes(recipient));
    if (!offered || !trusted) {
      throw new FakeAwsError('AccessDenied', 'Not authorized to perform sts:AssumeRoleWithSAML', 403);
    }
  };
}

/** The assertion as it was signed, in canonical form: whatever else stands in the document was never looked at. */
function signedAssertion(xml: string, publicCert: string): Tree {
  const invalid = new FakeAwsError('InvalidIdentityToken', 'Response signature invalid');
  const signatures = xml.match(/<(?:[\w-]+:)?Signature[ >][\s\S]*?<\/(?:[\w-]+:)?Signature>/g) ?? [];
  if (signatures.length === 0) throw invalid;
  let found: Tree | undefined;
  for (const signature of signatures) {
    const check = new SignedXml({ publicCert, getCertFromKeyInfo: () => null });
    try {
      check.loadSignature(signature);
      if (!check.checkSignature(xml)) throw invalid;
    } catch {
      throw invalid;
    }
    for (const reference of check.getSignedReferences()) {
      const document = parser.parse(reference) as Tree;
      const assertion = document['Assertion'] ?? tree(document['Response'])['Assertion'];
      if (assertion !== undefined) found = tree(assertion);
    }
  }
  if (found === undefined) throw invalid;
  return found;
}

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  removeNSPrefix: true,
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: false,
  isArray: (name) => name === 'Attribute' || name === 'AttributeValue',
});

function attributesOf(assertion: Tree): Map<string, string[]> {
  const elements = (tree(assertion['AttributeStatement'])['Attribute'] ?? []) as Tree[];
  const values = new Map<string, string[]>();
  for (const element of elements) {
    const name = attribute(element, 'Name');
    const list = ((element['AttributeValue'] ?? []) as unknown[]).map(textOf);
    values.set(name, [...(values.get(name) ?? []), ...list]);
  }
  return values;
}

function tree(value: unknown): Tree {
  return typeof value === 'object' && value !== null ? (value as Tree) : {};
}

function attribute(value: Tree, name: string): string {
  return textOf(value[`@${name}`]);
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  const inner = tree(value)['#text'];
  return typeof inner === 'string' ? inner : '';
}
