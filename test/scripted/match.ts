/** Compares what a client said with a line of a transcript, and tells the difference in words. */
import { Hole, parseLine, type Value } from '../../src/protocol/describe-line.js';
import { describeMessage, type Message } from '../../src/protocol/describe.js';

/** Values that `$name` stands for, by name: the first sight fixes it. */
export type Captures = Map<string, Value>;

/**
 * What differs, one line each; empty: the message is what the pattern says. Keys that the pattern does not mention have to
 * be empty ('', 0, no entries) unless it ends in `...`.
 */
export function differences(pattern: string, message: Message, captures: Captures): string[] {
  const expected = parseLine(pattern);
  const actual = parseLine(describeMessage(message, { secrets: true }));
  if (expected.type !== actual.type) return [`a ${expected.type} was expected, it is a ${actual.type}`];
  const found: string[] = [];
  const given = new Map(actual.pairs);
  for (const [key, value] of expected.pairs) {
    const there = given.get(key);
    if (there === undefined) found.push(`${key} is missing`);
    else compare(key, value, there, captures, found);
    given.delete(key);
  }
  if (!expected.open) {
    for (const [key, value] of given) {
      if (!isEmpty(value)) found.push(`${key}: nothing was expected, it is ${print(value)}`);
    }
  }
  return found;
}

function isEmpty(value: Value): boolean {
  return value === '' || value === 0 || value === null || (Array.isArray(value) && value.length === 0);
}

function compare(path: string, expected: Value, actual: Value, captures: Captures, found: string[]): void {
  if (expected instanceof Hole) {
    if (expected.name === '') return;
    const before = captures.get(expected.name);
    if (before === undefined) captures.set(expected.name, actual);
    else if (print(before) !== print(actual)) {
      found.push(`${path}: $${expected.name} was ${print(before)}, it is ${print(actual)} now`);
    }
    return;
  }
  if (Array.isArray(expected) && Array.isArray(actual)) {
    const [wanted, there] = [expected as readonly Value[], actual as readonly Value[]];
    if (wanted.length !== there.length) {
      found.push(`${path}: ${String(wanted.length)} entries were expected, it has ${String(there.length)}`);
    }
    for (const [at, value] of wanted.entries()) {
      if (at < there.length) compare(`${path}[${String(at)}]`, value, there[at]!, captures, found);
    }
    return;
  }
  const [wanted, there] = [print(expected), print(actual)];
  if (wanted !== there) found.push(`${path}: ${wanted} was expected, it is ${there}`);
}

/** One form for each value: bytes that happen to be text are the same as that text. */
function print(value: Value): string {
  if (value instanceof Uint8Array) {
    return describeMessage({ type: 'CopyData', data: value }).slice('CopyData data='.length);
  }
  if (Array.isArray(value)) return `[${(value as readonly Value[]).map(print).join(',')}]`;
  if (value instanceof Map) {
    const entries = [...(value as ReadonlyMap<string, Value>)];
    return `{${entries.map(([key, entry]) => `${JSON.stringify(key)}:${print(entry)}`).join(',')}}`;
  }
  return JSON.stringify(value);
}
