/**
 * The roles that a SAML assertion offers, and which of them is taken: the same one every time. Values only; no text of
 * the assertion but role ARNs ever enters a message.
 */
import { AuthenticationError } from '../errors.js';

/** A role, and the identity provider that vouches for it. */
export interface SamlRole {
  readonly roleArn: string;
  readonly principalArn: string;
}

/** The attribute that STS reads them from too. */
export const roleAttribute = 'https://aws.amazon.com/SAML/Attributes/Role';

/** All partitions: aws, aws-cn, aws-us-gov and those to come. A role's name may hold a comma (IAM API, CreateRole). */
const partition = 'aws(?:-[a-z]{1,20}){0,4}';
const role = `arn:${partition}:iam::\\d{12}:role/(?:(?!,\\s*arn:)[\\x21-\\x7E]){1,600}`;
const provider = `arn:${partition}:iam::\\d{12}:saml-provider/[\\w.-]{1,128}`;
const roleFirst = new RegExp(`^(${role})\\s*,\\s*(${provider})$`);
const providerFirst = new RegExp(`^(${provider})\\s*,\\s*(${role})$`);
/** Two ARNs are shorter than that, with room for blanks. */
const longest = 2048;

/** The pairs in document order, each once. What is no pair of both ARNs is left out. */
export function rolesOf(values: readonly string[]): readonly SamlRole[] {
  const roles = new Map<string, SamlRole>();
  for (const value of values) {
    const text = value.trim();
    if (text.length > longest) continue;
    const forward = roleFirst.exec(text);
    const [, first = '', second = ''] = forward ?? providerFirst.exec(text) ?? [];
    if (first === '') continue;
    const found =
      forward === null ? { roleArn: second, principalArn: first } : { roleArn: first, principalArn: second };
    const key = `${found.roleArn},${found.principalArn}`;
    if (!roles.has(key)) roles.set(key, found);
  }
  return [...roles.values()];
}

/**
 * The role that `preferredRole` names, or the first in document order: redshift_connector takes any of them at random,
 * the JDBC driver the first of a hash map, and so people land in another role every time.
 *
 * @param values of the attribute Role
 * @throws AuthenticationError when there is no role, or not the preferred one
 */
export function chooseRole(
  values: readonly string[],
  preferredRole: string | undefined,
  plugin: string,
): { readonly role: SamlRole; readonly offered: number } {
  const roles = rolesOf(values);
  const [first] = roles;
  if (first === undefined) {
    throw new AuthenticationError(
      values.length === 0
        ? `The SAML assertion names no role: the attribute ${roleAttribute} is missing or empty`
        : `The SAML assertion names no role: ${count(values.length, 'value')} of the attribute ${roleAttribute} and none is a role ARN and a SAML provider ARN with a comma between them`,
      {
        plugin,
        stage: 'saml',
        hint: 'let the identity provider send pairs like arn:aws:iam::123456789012:role/NAME,arn:aws:iam::123456789012:saml-provider/NAME',
      },
    );
  }
  const wanted = preferredRole?.trim();
  if (wanted === undefined || wanted === '') return { role: first, offered: roles.length };
  const preferred = roles.find(({ roleArn }) => roleArn === wanted);
  if (preferred !== undefined) return { role: preferred, offered: roles.length };
  throw new AuthenticationError(
    `preferredRole ${shown(wanted)} is not among the roles of the SAML assertion`,
    {
      plugin,
      stage: 'saml',
      hint: `the assertion offers ${listed(roles)}`,
    },
  );
}

/** What was given as a role; anything but an ARN is not repeated, since it may be anything. */
function shown(wanted: string): string {
  return new RegExp(`^${role}$`).test(wanted) ? wanted : '(which is no ARN of a role)';
}

function listed(roles: readonly SamlRole[]): string {
  const arns = [...new Set(roles.map(({ roleArn }) => roleArn))];
  const most = 20;
  const more = arns.length > most ? ` and ${String(arns.length - most)} more` : '';
  return `${arns.slice(0, most).join(', ')}${more}`;
}

function count(number: number, noun: string): string {
  return `${String(number)} ${noun}${number === 1 ? '' : 's'}`;
}
