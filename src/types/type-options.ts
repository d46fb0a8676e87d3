/** What users choose for a type: the option `types`, checked before anything is sent. A wrong name is refused with the nearest right one. */
import { ArgumentError } from '../errors.js';
import type { Codec } from './codec.js';
import { defaultCodecs, vectors } from './defaults.js';

/** A reader of the user's own: takes the value's text. */
export type CustomReader = (text: string) => unknown;

/**
 * What `types` takes: the preset `'json'`, or per type (SQL name, alias or OID) a choice of that type or a function of the
 * value's text. A narrower scope wins per type; `'default'` there takes back what a wider one chose.
 *
 * The text is the same whether the server sent text or binary: numbers in decimal, `t` and `f`, dates and times in UTC as
 * choice `'string'` has them, intervals as ISO 8601, bytes as hexadecimal digits. A function for an array type itself
 * (`'integer[]'`) gets the server's array text; one for the element type gets each element.
 *
 * @example
 * { bigint: 'number', numeric: (text) => new Decimal(text), timestamptz: 'string', 4000: 'json' }
 */
export type TypeOptions = 'json' | Readonly<Record<string, string | CustomReader>>;

export type Choice = string | CustomReader;

/** Codecs by OID. */
export const codecs: ReadonlyMap<number, Codec> = new Map(defaultCodecs.map((codec) => [codec.oid, codec]));

const elements = new Map<number, number>();
const names = new Map<string, number>();
for (const { name, aliases = [], oid, arrayOid } of defaultCodecs) {
  if (arrayOid !== undefined) elements.set(arrayOid, oid);
  for (const one of [name, ...aliases]) names.set(one, oid);
}
for (const [oid, { name, arrayOid }] of vectors) {
  elements.set(arrayOid, oid);
  names.set(name, oid);
}

/** Element type of an array type. */
export const elementOfArray: ReadonlyMap<number, number> = elements;
const arrayOfElement = new Map([...elements].map(([array, element]) => [element, array]));

/** `types: 'json'`: rows that JSON.stringify takes and keeps readable; infinities and NaN are text then. */
const jsonPreset: ReadonlyMap<number, Choice> = new Map(
  defaultCodecs.flatMap(({ oid, preset }): [number, Choice][] =>
    preset === undefined ? [] : [[oid, preset]],
  ),
);

/**
 * The choices with these options on top.
 *
 * @throws ArgumentError naming the type and what it takes
 */
export function choicesWith(
  wider: ReadonlyMap<number, Choice>,
  options: TypeOptions,
): ReadonlyMap<number, Choice> {
  const given: unknown = options;
  if (given === 'json') return new Map([...wider, ...jsonPreset]);
  if (typeof given === 'string') {
    throw new ArgumentError(
      `types: there is no preset ${JSON.stringify(given.slice(0, 40))}; the only one is 'json'`,
    );
  }
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new ArgumentError("types must be an object of type names, or the preset 'json'");
  }
  const choices = new Map(wider);
  for (const [name, choice] of Object.entries(given as Record<string, unknown>)) {
    if (choice === undefined) continue;
    const oid = findType(name);
    if (choice === 'default') choices.delete(oid);
    else choices.set(oid, checkChoice(name, oid, choice));
  }
  return choices;
}

function findType(name: string): number {
  const wanted = name.trim().toLowerCase();
  const oid = names.get(wanted) ?? (/^\d{1,10}$/.test(wanted) ? Number(wanted) : undefined);
  if (oid !== undefined && oid > 0 && oid <= 4_294_967_295) return oid;
  const element = wanted.endsWith('[]') ? names.get(wanted.slice(0, -2).trim()) : undefined;
  const array = element === undefined ? undefined : arrayOfElement.get(element);
  if (array !== undefined) return array;
  throw new ArgumentError(
    `types: there is no type ${JSON.stringify(name.slice(0, 40))}; did you mean ${JSON.stringify(nearest(wanted))}? A key is a SQL type name, its alias or an OID`,
  );
}

function checkChoice(name: string, oid: number, choice: unknown): Choice {
  if (typeof choice === 'function') return choice as CustomReader;
  const codec = codecs.get(oid);
  if (typeof choice === 'string' && codec?.choices?.includes(choice) === true) {
    codec.checkChoice?.(choice);
    return choice;
  }
  const element = elementOfArray.get(oid);
  const hint = element === undefined ? '' : `; what is chosen for ${nameOf(element)} holds for its arrays`;
  const offered = [...(codec?.choices ?? []).map((one) => `'${one}'`), "'default'", 'a function of the text'];
  const shown = typeof choice === 'string' ? JSON.stringify(choice.slice(0, 40)) : typeof choice;
  throw new ArgumentError(`types.${name.slice(0, 40)} takes ${offered.join(', ')}, not ${shown}${hint}`);
}

/** SQL name of a type; `type 12345` when nobody listed it. */
export function nameOf(oid: number): string {
  const known = codecs.get(oid)?.name ?? vectors.get(oid)?.name;
  if (known !== undefined) return known;
  const element = elementOfArray.get(oid);
  return element === undefined ? `type ${String(oid)}` : `${nameOf(element)}[]`;
}

/** The known name with the fewest letters to change. */
function nearest(wanted: string): string {
  let best = '';
  let fewest = Infinity;
  for (const name of names.keys()) {
    const distance = editDistance(wanted.slice(0, 40), name);
    if (distance < fewest) [best, fewest] = [name, distance];
  }
  return best;
}

function editDistance(left: string, right: string): number {
  let row = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let i = 1; i <= left.length; i++) {
    const next = [i];
    for (let j = 1; j <= right.length; j++) {
      const changed = row[j - 1]! + (left[i - 1] === right[j - 1] ? 0 : 1);
      next.push(Math.min(changed, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[right.length]!;
}
