/** Answers of the AWS query protocol as XML text: members as elements, lists as elements of one item name. */

export type Xml = { readonly [name: string]: string | Xml | XmlList };
export interface XmlList {
  readonly itemName: string;
  readonly items: readonly (string | Xml)[];
}

export const list = (itemName: string, items: readonly (string | Xml)[]): XmlList => ({ itemName, items });
export const iso = (date: Date): string => date.toISOString();
export const item = (value: string | undefined): string => value ?? '';

const isList = (value: Xml | XmlList): value is XmlList => Array.isArray((value as XmlList).items);

export function toXml(value: string | Xml | XmlList): string {
  if (typeof value === 'string') return escape(value);
  const pairs: readonly (readonly [string, string | Xml | XmlList])[] = isList(value)
    ? value.items.map((each) => [value.itemName, each] as const)
    : Object.entries(value);
  return pairs.map(([name, inner]) => `<${name}>${toXml(inner)}</${name}>`).join('');
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${String(character.charCodeAt(0))};`);
}
