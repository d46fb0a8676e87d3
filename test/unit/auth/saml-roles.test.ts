import { describe, expect, it } from 'vitest';
import { chooseRole, rolesOf } from '../../../src/auth/saml-roles.js';
import { AuthenticationError } from '../../../src/errors.js';

const reader = 'arn:aws:iam::123456789012:role/Reader';
const admin = 'arn:aws:iam::123456789012:role/Admin';
const idp = 'arn:aws:iam::123456789012:saml-provider/Corp';
const errorOf = (work: () => unknown): AuthenticationError => {
  try {
    work();
  } catch (error) {
    expect(error).toBeInstanceOf(AuthenticationError);
    return error as AuthenticationError;
  }
  throw new Error('nothing was thrown');
};

describe('the roles of a SAML assertion', () => {
  it.each([
    ['role first', `${reader},${idp}`],
    ['provider first', `${idp},${reader}`],
    ['blanks around the comma (redshift_connector issue 55)', `  ${reader} , ${idp}\n`],
    ['line breaks around both', `\n\t${idp}\n,\n${reader}\n`],
  ])('are read with the %s', (_how, value) => {
    expect(rolesOf([value])).toEqual([{ roleArn: reader, principalArn: idp }]);
  });

  it.each(['aws', 'aws-cn', 'aws-us-gov', 'aws-iso', 'aws-iso-b', 'aws-iso-e', 'aws-eusc'])(
    'are found in the partition %s: redshift_connector knows arn:aws alone',
    (partition) => {
      const roleArn = `arn:${partition}:iam::123456789012:role/team/a/Reader`;
      const principalArn = `arn:${partition}:iam::123456789012:saml-provider/Corp-1.x_y`;
      expect(rolesOf([`${principalArn},${roleArn}`])).toEqual([{ roleArn, principalArn }]);
    },
  );

  it('may have names with commas, as IAM allows', () => {
    const odd = 'arn:aws:iam::123456789012:role/path/a,b+c=d.e@f-g_h';
    expect(rolesOf([`${odd},${idp}`, `${idp},${odd}`])).toEqual([{ roleArn: odd, principalArn: idp }]);
  });

  it.each([
    ['a role alone', reader],
    ['a provider alone', idp],
    ['two roles', `${reader},${admin}`],
    ['two providers', `${idp},${idp}`],
    ['three parts', `${reader},${idp},${idp}`],
    ['another separator', `${reader};${idp}`],
    ['a user', `arn:aws:iam::123456789012:user/x,${idp}`],
    ['another service', `${reader.replace(':iam:', ':s3:')},${idp}`],
    ['a partition of another kind', `${reader.replace('aws', 'awsx1')},${idp}`],
    ['an account of 11 digits', `${reader.replace('123456789012', '12345678901')},${idp}`],
    ['a line break in the middle', `${reader.replace('Reader', 'Rea\nder')},${idp}`],
    ['a name that never ends', `${reader}${'x'.repeat(5000)},${idp}`],
    ['nothing', ''],
  ])('leave out %s', (_what, value) => {
    expect(rolesOf([value])).toEqual([]);
  });

  it('keep the order of the document and count each pair once', () => {
    const values = [`${reader},${idp}`, 'nonsense', `${idp},${admin}`, `${idp},${reader}`];
    expect(rolesOf(values).map(({ roleArn }) => roleArn)).toEqual([reader, admin]);
  });
});

describe('the choice of a role', () => {
  const values = [`${admin},${idp}`, `${idp},${reader}`];

  it('is the first in document order, every time: redshift_connector takes one at random', () => {
    for (let again = 0; again < 20; again++) {
      expect(chooseRole(values, undefined, 'Okta').role.roleArn).toBe(admin);
    }
    expect(chooseRole(values, undefined, 'Okta').offered).toBe(2);
  });

  it('is preferredRole where that is among them', () => {
    expect(chooseRole(values, ` ${reader} `, 'Okta').role).toEqual({ roleArn: reader, principalArn: idp });
    expect(chooseRole(values, '', 'Okta').role.roleArn).toBe(admin);
  });

  it('fails with the roles that there are, and nothing else, when preferredRole is not among them', () => {
    const error = errorOf(() => chooseRole([...values, 'Canary,Value'], `${reader}s`, 'Okta'));
    expect(error.message).toBe(
      `preferredRole ${reader}s is not among the roles of the SAML assertion (the assertion offers ${admin}, ${reader})`,
    );
    expect(error).toMatchObject({ plugin: 'Okta', stage: 'saml' });
  });

  it('fails without repeating a preferredRole that is no ARN', () => {
    const error = errorOf(() => chooseRole(values, 'Canary text', 'Okta'));
    expect(error.message).not.toContain('Canary');
    expect(error.message).toContain('no ARN of a role');
  });

  it('does not take a role for another one whose name begins alike', () => {
    errorOf(() => chooseRole([`${reader}2,${idp}`], reader, 'Okta'));
  });

  it('names the attribute when no value is a pair, and repeats none of them', () => {
    const none = errorOf(() => chooseRole([], undefined, 'Okta'));
    expect(none.message).toContain('https://aws.amazon.com/SAML/Attributes/Role is missing or empty');
    const odd = errorOf(() => chooseRole(['Canary', reader], undefined, 'Okta'));
    expect(odd.message).toContain('2 values of the attribute https://aws.amazon.com/SAML/Attributes/Role');
    expect(odd.message).not.toContain('Canary');
  });

  it('lists at most 20 roles', () => {
    const many = Array.from({ length: 30 }, (_, at) => `${reader}${String(at)},${idp}`);
    expect(errorOf(() => chooseRole(many, admin, 'Okta')).message).toContain(' and 10 more');
  });
});
