/** A value as JavaScript source, so that a finding can be pasted into a test. */

export function literal(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return text(value);
    case 'bigint':
      return `${String(value)}n`;
    case 'number':
      return Object.is(value, -0) ? '-0' : String(value);
    case 'undefined':
    case 'boolean':
      return String(value);
    case 'function':
      return `/* a function */ ${value.name === '' ? '() => undefined' : value.name}`;
    case 'symbol':
      return `Symbol(${text(value.description ?? '')})`;
    case 'object':
      return value === null ? 'null' : ofObject(value);
  }
}

function ofObject(value: object): string {
  if (value instanceof Uint8Array) return `Buffer.from('${Buffer.from(value).toString('hex')}', 'hex')`;
  if (value instanceof Date) return `new Date(${String(value.getTime())})`;
  if (value instanceof Map) return `new Map(${literal([...value])})`;
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`;
  const members = Object.entries(value).map(([name, inner]) => {
    // A computed name, since `__proto__: x` in a literal sets the prototype.
    const key = name === '__proto__' ? "['__proto__']" : /^[A-Za-z_$][\w$]*$/.test(name) ? name : text(name);
    return `${key}: ${literal(inner)}`;
  });
  return `{ ${members.join(', ')} }`;
}

/** Everything that an editor or a terminal could change on the way is escaped. */
function text(value: string): string {
  const escaped = JSON.stringify(value).replace(
    /[^ -~]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return value.includes("'") ? escaped : `'${escaped.slice(1, -1).replaceAll('\\"', '"')}'`;
}
