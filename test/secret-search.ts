/**
 * Looks for secrets in everything that a program could print, log or send away (promise P7 of docs/failures.md), however
 * they are written down.
 */
import { createHash } from 'node:crypto';
import { inspect } from 'node:util';

/** A place where a secret was found: `password as base64 in error.stack`. */
export type Leak = string;

/** The ways in which a text may be written down. */
export function formsOf(secret: string | Uint8Array): ReadonlyMap<string, string> {
  const bytes = Buffer.from(secret);
  const digest = (algorithm: string, encoding: 'hex' | 'base64'): string =>
    createHash(algorithm).update(bytes).digest(encoding);
  const spaced = [...bytes.subarray(0, 24)];
  const forms = new Map([
    ['hex', bytes.toString('hex')],
    ['HEX', bytes.toString('hex').toUpperCase()],
    ['bytes', spaced.map((byte) => byte.toString(16).padStart(2, '0')).join(' ')],
    ['numbers', spaced.join(', ')],
    ['numbers without spaces', spaced.join(',')],
    ...base64Forms(bytes),
    ['md5', digest('md5', 'hex')],
    ['sha1', digest('sha1', 'hex')],
    ['sha256', digest('sha256', 'hex')],
    ['sha256 in base64', digest('sha256', 'base64')],
  ]);
  if (typeof secret === 'string') {
    forms.set('text', secret);
    forms.set('percent-encoded', encodeURIComponent(secret));
    forms.set('a form', new URLSearchParams({ '': secret }).toString().slice(1));
    forms.set('URL', encodeURI(secret));
    forms.set('JSON', JSON.stringify(secret).slice(1, -1));
    forms.set('Latin-1', bytes.toString('latin1'));
    forms.set('UTF-16 as hex', Buffer.from(secret, 'utf16le').toString('hex'));
    // Half of it is too much as well.
    const middle = secret.length >> 1;
    if (middle >= 8) {
      forms.set('first half', secret.slice(0, middle));
      forms.set('second half', secret.slice(middle));
    }
  }
  return forms;
}

/** Base64 of the bytes alone, and as they look inside of a longer text, whose beginning shifts them by one or two bytes. */
function base64Forms(bytes: Buffer): [string, string][] {
  return [0, 1, 2].flatMap((shift): [string, string][] => {
    const whole = Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64url');
    const inner = whole.slice(shift === 0 ? 0 : shift + 1, whole.length - 2);
    return [
      [`base64url ${String(shift)}`, inner],
      [`base64 ${String(shift)}`, inner.replaceAll('-', '+').replaceAll('_', '/')],
    ];
  });
}

export class SecretSearch {
  readonly #forms: { readonly name: string; readonly text: string }[] = [];
  readonly #numbers = new Map<number, string>();
  readonly #bytes: { readonly name: string; readonly bytes: Buffer }[] = [];

  constructor(secrets: Iterable<readonly [string, string | Uint8Array]> = []) {
    for (const [name, secret] of secrets) this.plant(name, secret);
  }

  plant(name: string, secret: string | Uint8Array): void {
    for (const [form, text] of formsOf(secret)) {
      if (text.length >= 6) this.#forms.push({ name: `${name} as ${form}`, text });
    }
    this.#bytes.push({ name: `${name} as bytes`, bytes: Buffer.from(secret) });
  }

  /** A number that nobody may see (the key to cancel with). */
  plantNumber(name: string, secret: number): void {
    this.#numbers.set(secret, name);
    this.#forms.push(
      { name, text: String(secret) },
      { name: `${name} in hex`, text: (secret >>> 0).toString(16).padStart(8, '0') },
    );
  }

  inText(text: string, where: string): Leak[] {
    return this.#forms.filter((form) => text.includes(form.text)).map(({ name }) => `${name} in ${where}`);
  }

  /** Looks at a value as programs print it, and at all that can be reached from it. */
  inValue(value: unknown, where: string): Leak[] {
    const leaks = new Set<Leak>();
    for (const [how, text] of printed(value)) {
      for (const leak of this.inText(text, `${how} of ${where}`)) leaks.add(leak);
    }
    this.#walk(value, where, leaks, new Set(), 0);
    let clone: unknown;
    try {
      clone = structuredClone(value);
    } catch {
      // Functions cannot be cloned: nothing gets out that way.
    }
    if (clone !== undefined) this.#walk(clone, `structuredClone(${where})`, leaks, new Set(), 0);
    return [...leaks];
  }

  #walk(value: unknown, where: string, leaks: Set<Leak>, seen: Set<object>, depth: number): void {
    if (typeof value === 'string') {
      for (const leak of this.inText(value, where)) leaks.add(leak);
    } else if (typeof value === 'number') {
      const found = this.#numbers.get(value);
      if (found !== undefined) leaks.add(`${found} in ${where}`);
    }
    const isObject = (typeof value === 'object' && value !== null) || typeof value === 'function';
    if (!isObject || seen.has(value) || depth > 12 || seen.size > 20_000) return;
    seen.add(value);
    if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) {
      const bytes = ArrayBuffer.isView(value)
        ? Buffer.from(value.buffer, value.byteOffset, value.byteLength)
        : Buffer.from(value);
      for (const each of this.#bytes) if (bytes.includes(each.bytes)) leaks.add(`${each.name} in ${where}`);
      return;
    }
    if (value instanceof Map || value instanceof Set) {
      for (const inner of value.entries()) this.#walk(inner, `${where}{}`, leaks, seen, depth + 1);
    }
    for (const [key, inner] of reachable(value)) {
      for (const leak of this.inText(key, `a key of ${where}`)) leaks.add(leak);
      this.#walk(inner, `${where}.${key}`, leaks, seen, depth + 1);
    }
  }
}

/** Own properties, hidden ones too, and what the getters of the classes give. */
function* reachable(value: object): Generator<[string, unknown]> {
  for (const key of Reflect.ownKeys(value)) yield [String(key), read(value, key)];
  if (typeof value === 'function') return;
  for (
    let at = Object.getPrototypeOf(value) as object | null;
    at !== null && at !== Object.prototype && at !== Error.prototype;
    at = Object.getPrototypeOf(at) as object | null
  ) {
    for (const [key, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(at))) {
      if ('get' in descriptor && key !== '__proto__') yield [key, read(value, key)];
    }
  }
}

function read(value: object, key: PropertyKey): unknown {
  try {
    return Reflect.get(value, key);
  } catch (error) {
    return error;
  }
}

function printed(value: unknown): [string, string][] {
  const all = { depth: 10, maxArrayLength: null, maxStringLength: null };
  const ways: [string, () => unknown][] = [
    ['console.log', () => inspect(value)],
    ['inspect', () => inspect(value, { ...all, showHidden: true, getters: true })],
    ['String', () => String(value)],
    ['JSON', () => JSON.stringify(value, (_, one: unknown) => (typeof one === 'bigint' ? String(one) : one))],
    ['stack', () => (value instanceof Error ? value.stack : '')],
  ];
  return ways.flatMap(([how, print]): [string, string][] => {
    try {
      const text = print();
      return typeof text === 'string' ? [[how, text]] : [];
    } catch {
      return [];
    }
  });
}
