/** Smaller inputs that may still show a finding. Every candidate is smaller than what it came from, so that shrinking ends. */

/** Without a stretch of it: halves first, single items last. */
export function* shorter<T>(list: readonly T[]): Iterable<T[]> {
  for (let size = list.length; size >= 1; size = Math.floor(size / 2)) {
    for (let at = 0; at + size <= list.length; at += size) {
      yield [...list.slice(0, at), ...list.slice(at + size)];
    }
  }
}

/** Without a stretch, or with one item made smaller. */
export function* smallerList<T>(list: readonly T[], smaller: (item: T) => Iterable<T>): Iterable<T[]> {
  yield* shorter(list);
  for (let at = 0; at < list.length; at++) {
    for (const item of smaller(list[at]!)) yield [...list.slice(0, at), item, ...list.slice(at + 1)];
  }
}

/** By whole characters, so that no surrogate is left alone that was not. */
export function* smallerText(text: string): Iterable<string> {
  const characters = Array.from(text);
  for (const shrunk of shorter(characters)) yield shrunk.join('');
  for (let at = 0; at < characters.length; at++) {
    if (characters[at]! > 'a') yield [...characters.slice(0, at), 'a', ...characters.slice(at + 1)].join('');
  }
}

export function* smallerBytes(bytes: Uint8Array): Iterable<Buffer> {
  const list = Array.from(bytes);
  for (const shrunk of shorter(list)) yield Buffer.from(shrunk);
  for (let at = 0; at < list.length; at++) {
    if (list[at]! > 0) yield Buffer.from([...list.slice(0, at), 0, ...list.slice(at + 1)]);
  }
}

/** With one member made smaller. */
export function* smallerMember<T extends object, K extends keyof T>(
  input: T,
  key: K,
  smaller: (value: T[K]) => Iterable<T[K]>,
): Iterable<T> {
  for (const value of smaller(input[key])) yield { ...input, [key]: value };
}
