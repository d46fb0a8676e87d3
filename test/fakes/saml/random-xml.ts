/** Random trees of XML elements, and the many ways in which one tree can be written down. */
import fc from 'fast-check';

export interface Drawn {
  readonly namespace: string;
  readonly name: string;
  readonly attributes: readonly (readonly [string, string])[];
  readonly text: string;
  readonly children: readonly Drawn[];
}

const name = fc.constantFrom(
  'a',
  'Attribute',
  'Assertion',
  'x.y-z',
  '_1',
  'constructor',
  '__proto__',
  'é',
  'Ω',
);
const namespace = fc.constantFrom('', 'urn:one', 'urn:two', 'urn:oasis:names:tc:SAML:2.0:assertion');
const text = fc
  .array(
    fc.constantFrom(
      'a',
      'min',
      ' ',
      '<',
      '>',
      '&',
      '"',
      "'",
      ']]>',
      '--',
      '&lt;',
      '\u{1F600}',
      'é',
      '\n',
      '\t',
      '\r',
    ),
    { maxLength: 6 },
  )
  .map((parts) => parts.join(''));

export const drawn: fc.Arbitrary<Drawn> = fc.letrec<{ tree: Drawn }>((tie) => ({
  tree: fc.record({
    namespace,
    name,
    attributes: fc.uniqueArray(fc.tuple(name, text), { selector: ([key]) => key, maxLength: 3 }),
    text,
    children: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      fc.constant<Drawn[]>([]),
      fc.array(tie('tree'), { maxLength: 3 }),
    ),
  }),
})).tree;

/** @param choose numbers that decide how each part is written */
export function render(tree: Drawn, choose: () => number): string {
  const pick = <T>(list: readonly T[]): T => list[choose() % list.length]!;
  const blank = (): string => pick([' ', '\n', '\t', '  ', '\r\n']);
  const noise = (): string => pick(['', '', '<!-- c & < -->', '<?pi & <x> ?>', '<!---->', '<![CDATA[]]>']);
  const character = (each: string, quote: string): string => {
    const code = each.codePointAt(0)!;
    const needed =
      ['<', '&', '>', '\r', quote].includes(each) || (quote !== '' && ['\n', '\t'].includes(each));
    if (!needed && choose() % 4 > 0) return each;
    const names: Readonly<Record<string, string>> = {
      '<': 'lt',
      '>': 'gt',
      '&': 'amp',
      '"': 'quot',
      "'": 'apos',
    };
    const named = Object.hasOwn(names, each) ? [`&${names[each]!};`] : [];
    return pick([`&#${String(code)};`, `&#x${code.toString(16)};`, ...named]);
  };
  const written = (value: string): string =>
    Array.from(value, (each) => {
      const cdata = each !== '\r' && choose() % 6 === 0;
      return (cdata ? `<![CDATA[${each}]]>` : character(each, '')) + (choose() % 6 === 0 ? noise() : '');
    }).join('');
  const element = (node: Drawn, outer: string): string => {
    const prefix = node.namespace === '' ? '' : pick(['', 'p', 'saml', 'saml2', 'xmlx']);
    const qualified = prefix === '' ? node.name : `${prefix}:${node.name}`;
    const declares =
      prefix !== ''
        ? `xmlns:${prefix}="${node.namespace}"`
        : outer === node.namespace
          ? ''
          : `xmlns="${node.namespace}"`;
    const inner = prefix === '' ? node.namespace : outer;
    const attributes = node.attributes.map(([key, value]) => {
      const quote = pick(['"', "'"]);
      return `${key}${pick(['', ' '])}=${pick(['', '\n'])}${quote}${Array.from(value, (each) => character(each, quote)).join('')}${quote}`;
    });
    const parts = [...attributes, ...(declares === '' ? [] : [declares])]
      .map((part) => `${blank()}${part}`)
      .join('');
    const at = node.children.length === 0 ? 0 : choose() % (node.children.length + 1);
    const body = node.children.map(
      (child, index) => (index === at ? written(node.text) : '') + element(child, inner),
    );
    if (at >= node.children.length) body.push(written(node.text));
    const content = body.join(noise());
    if (content === '' && choose() % 2 === 0) return `<${qualified}${parts}${pick(['', ' '])}/>`;
    return `<${qualified}${parts}${pick(['', ' '])}>${content}</${qualified}${pick(['', '\n'])}>`;
  };
  const outside = (): string => pick(['', '\n', '<!-- x -->', '<?x?>']);
  return `${pick(['', '\uFEFF'])}${pick(['', '<?xml version="1.0"?>', `<?xml version='1.0' encoding="UTF-8"?>`])}${outside()}${element(tree, '')}${outside()}`;
}
