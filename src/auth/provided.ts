/**
 * Reads what a provider gave: one's own function or object may give anything, and so may a store. Only the shape is
 * looked at, and no value is ever shown.
 */
import type { AssertedUser, AwsKeys, ProvidedCredentials } from './provider.js';

type Fields = Readonly<Record<string, unknown>>;

/**
 * The credentials that a value holds; undefined: none. AWS keys need no `kind`, so that credential providers of the AWS
 * SDK are providers too.
 */
export function readProvided(value: unknown): ProvidedCredentials | undefined {
  if (!isObject(value)) return undefined;
  const expiration = readDate(value['expiration']);
  if (expiration === 'wrong') return undefined;
  const until = expiration === undefined ? {} : { expiration };
  switch (value['kind']) {
    case undefined: {
      const keys = readKeys(value);
      return keys === undefined ? undefined : { kind: 'aws', keys };
    }
    case 'aws': {
      const keys = readKeys(value['keys']);
      const asserted = readAsserted(value['asserted']);
      return keys === undefined || asserted === 'wrong' ? undefined : { kind: 'aws', keys, asserted };
    }
    case 'token': {
      const { token, tokenType } = value;
      if (!isText(token) || !isTextOrAbsent(tokenType)) return undefined;
      return { kind: 'token', token, ...(tokenType === undefined ? {} : { tokenType }), ...until };
    }
    case 'password': {
      const { user, password } = value;
      if (typeof password !== 'string' || password.includes('\0') || !isTextOrAbsent(user)) return undefined;
      return { kind: 'password', password, ...(user === undefined ? {} : { user }), ...until };
    }
    default:
      return undefined;
  }
}

export function readKeys(value: unknown): AwsKeys | undefined {
  if (!isObject(value)) return undefined;
  const { accessKeyId, secretAccessKey, sessionToken } = value;
  const expiration = readDate(value['expiration']);
  if (!isText(accessKeyId) || !isText(secretAccessKey) || !isTextOrAbsent(sessionToken)) return undefined;
  if (expiration === 'wrong') return undefined;
  return { accessKeyId, secretAccessKey, sessionToken, expiration };
}

function readAsserted(value: unknown): AssertedUser | undefined | 'wrong' {
  if (value === undefined || value === null) return undefined;
  if (!isObject(value)) return 'wrong';
  const { dbUser, dbGroups, autoCreate, allowDbUserOverride, forceLowercase } = value;
  const groups = dbGroups ?? undefined;
  if (!isTextOrAbsent(dbUser)) return 'wrong';
  if (groups !== undefined && !(Array.isArray(groups) && groups.every(isText))) return 'wrong';
  if (!isSwitch(autoCreate) || !isSwitch(allowDbUserOverride) || !isSwitch(forceLowercase)) return 'wrong';
  return { dbUser, dbGroups: groups, autoCreate, allowDbUserOverride, forceLowercase };
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null;
}

/** A NUL would end it in the startup packet, and nothing at all is no secret. */
function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && !value.includes('\0');
}

function isTextOrAbsent(value: unknown): value is string | undefined {
  return value === undefined || isText(value);
}

function isSwitch(value: unknown): value is boolean | undefined {
  return value === undefined || typeof value === 'boolean';
}

/** JSON has made text of a Date that was stored. */
function readDate(value: unknown): Date | undefined | 'wrong' {
  if (value === undefined || value === null) return undefined;
  const date = value instanceof Date ? value : new Date(typeof value === 'string' ? value : NaN);
  return Number.isNaN(date.getTime()) ? 'wrong' : date;
}
