/**
 * Target `saml`: SAML responses, whole and mangled. Whatever comes, it is read or refused with an AuthenticationError that
 * repeats nothing of it; a value that is read from a whole response is the one that was written.
 */
import { readSamlResponse } from '../../src/auth/saml-response.js';
import { AuthenticationError } from '../../src/errors.js';
import { hold, type Target } from './engine.js';
import { mangleBytes } from './mangle.js';
import type { Random } from './random.js';
import { smallerBytes, smallerMember } from './shrink.js';

interface SamlInput {
  readonly xml: Uint8Array;
  /** DbUser of a response that is whole. */
  readonly user: string | undefined;
}

const secret = 'Qz7319Xk';
/** Ways to write a letter, or nothing, in the middle of a value. */
const between = ['', '<!---->', '<!-- x -->', '<?p i?>', '<![CDATA[]]>'];
const letters = [
  ['a', 'a', '&#97;', '&#x61;', '<![CDATA[a]]>'],
  ['<', '&lt;', '&#60;', '<![CDATA[<]]>'],
  ['&', '&amp;', '&#38;', '<![CDATA[&]]>'],
  ['\u00e9', '\u00e9', '&#233;', '<![CDATA[\u00e9]]>'],
  ['\u{1f600}', '\u{1f600}', '&#x1F600;'],
] as const;
const pieces = [
  '<',
  '</',
  '/>',
  '>',
  '<!--',
  '-->',
  '<![CDATA[',
  ']]>',
  '<!DOCTYPE a [',
  '&',
  ';',
  '&x;',
  '<?',
  '"',
  "'",
  'xmlns:p=',
  'p:',
  '<saml:Assertion>',
  '</saml:Assertion>',
  '\0',
  '\ufeff',
];

function generate(random: Random): SamlInput {
  const prefix = random.pick(['', 'saml', 'saml2', 'x']);
  const p = prefix === '' ? '' : `${prefix}:`;
  let user = secret;
  let written = secret;
  for (let left = random.few(8); left > 0; left--) {
    const [letter, ...ways] = random.pick<readonly string[]>(letters);
    user += letter!;
    written += random.pick(ways) + random.pick(between);
  }
  const xml = Buffer.from(
    `<r:Response xmlns:r="urn:oasis:names:tc:SAML:2.0:protocol"><${p}Assertion xmlns${p === '' ? '' : `:${prefix}`}="urn:oasis:names:tc:SAML:2.0:assertion"><${p}AttributeStatement>` +
      `<${p}Attribute Name="https://redshift.amazon.com/SAML/Attributes/DbUser"><${p}AttributeValue>${written}</${p}AttributeValue></${p}Attribute>` +
      `</${p}AttributeStatement></${p}Assertion></r:Response>`,
  );
  if (random.oneIn(4)) return { xml, user };
  return { xml: mangleBytes(random, xml, pieces), user: undefined };
}

async function check({ xml, user }: SamlInput): Promise<void> {
  try {
    const { attributes } = await readSamlResponse(Buffer.from(xml).toString('base64'), 'Fuzz');
    if (user !== undefined) hold(attributes.dbUser[0] === user, () => 'Another user was read');
  } catch (error) {
    if (!(error instanceof AuthenticationError)) throw error;
    hold(user === undefined, () => `A whole response was refused: ${error.message}`);
    hold(!error.message.includes(secret), () => 'The error repeats the response');
  }
}

export const saml: Target<SamlInput> = {
  name: 'saml',
  about: 'SAML responses, whole and mangled: the value that was written, or an error that repeats nothing',
  needs: 'nothing',
  open: () =>
    Promise.resolve({
      generate,
      check,
      smaller: (input) => (input.user === undefined ? smallerMember(input, 'xml', smallerBytes) : []),
    }),
};
