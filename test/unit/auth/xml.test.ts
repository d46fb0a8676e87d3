import fc from 'fast-check';
import { XMLParser } from 'fast-xml-parser';
import { describe, expect, it } from 'vitest';
import { deepest, mostAttributes, parseXml, XmlError, type XmlElement } from '../../../src/auth/xml.js';
import { drawn, render, type Drawn } from '../../fakes/saml/random-xml.js';

describe('what a document says', () => {
  it.each([
    ['text', '<a>x</a>', 'x'],
    ['the five entities', '<a>&lt;&gt;&amp;&quot;&apos;</a>', `<>&"'`],
    ['references to characters', '<a>&#65;&#x42;&#x1F600;</a>', 'AB\u{1F600}'],
    ['what stands around a comment', '<a>ad<!-- x -->min</a>', 'admin'],
    ['what stands around an instruction', '<a>ad<?x y?>min</a>', 'admin'],
    ['CDATA, as it is', '<a>1<![CDATA[<&amp;>]]>2</a>', '1<&amp;>2'],
    ['line ends as one character', '<a>1\r\n2\r3</a>', '1\n2\n3'],
    ['a reference to a carriage return', '<a>&#13;</a>', '\r'],
    ['an entity that is written with another', '<a>&amp;lt;</a>', '&lt;'],
    ['text after a byte order mark', '\uFEFF<a>x</a>', 'x'],
    [
      'text behind a declaration',
      '<?xml version="1.0" encoding="utf-8" standalone=\'yes\' ?>\n<a>x</a>\n',
      'x',
    ],
    ['"DOCTYPE" in a comment', '<!-- <!DOCTYPE a> --><a>x</a>', 'x'],
    ['"DOCTYPE" in CDATA', '<a><![CDATA[<!DOCTYPE a>]]></a>', '<!DOCTYPE a>'],
  ])('%s', (_what, document, text) => {
    expect(parseXml(document).text).toBe(text);
  });

  it('namespaces by URI, whatever the prefix and wherever it was declared', () => {
    const root = parseXml(
      '<p:a xmlns:p="urn:1" xmlns="urn:2"><b xmlns:p="urn:3"><p:c/></b><p:d/><e xmlns=""/></p:a>',
    );
    const names = (element: XmlElement): unknown[] => [
      `{${element.namespace}}${element.name}`,
      ...element.children.map(names),
    ];
    expect(names(root)).toEqual(['{urn:1}a', ['{urn:2}b', ['{urn:3}c']], ['{urn:1}d'], ['{}e']]);
  });

  it('attributes without a prefix, with blanks made spaces', () => {
    const root = parseXml(`<a xmlns:p="urn:1" p:x="no" x = "1\n2&#10;3" y='"'/>`);
    expect([...root.attributes]).toEqual([
      ['x', '1 2\n3'],
      ['y', '"'],
    ]);
  });
});

const billion = `<!DOCTYPE lolz [<!ENTITY lol "lol">${Array.from({ length: 9 }, (_, at) => `<!ENTITY l${String(at + 1)} "${`&l${at === 0 ? 'ol' : String(at)};`.repeat(10)}">`).join('')}]><a>&l9;</a>`;

describe('what is refused', () => {
  it.each([
    ['a DOCTYPE', '<!DOCTYPE a><a/>'],
    ['a DOCTYPE with an external entity', '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'],
    [
      'a DOCTYPE with a parameter entity',
      '<!DOCTYPE a [<!ENTITY % x SYSTEM "http://127.0.0.1:9/"> %x;]><a/>',
    ],
    ['a DOCTYPE in small letters', '<!doctype a><a/>'],
    ['a DOCTYPE behind the root', '<a/><!DOCTYPE a>'],
    ['a billion laughs', billion],
    ['an undeclared entity', '<a>&nbsp;</a>'],
    ['an entity called like a property', '<a>&constructor;</a>'],
    ['a lone ampersand', '<a>a & b</a>'],
    ['an ampersand in an attribute', '<a x="a&b"/>'],
    ['a reference to NUL', '<a>&#0;</a>'],
    ['a reference to a surrogate', '<a>&#xD800;</a>'],
    ['a reference beyond Unicode', '<a>&#x110000;</a>'],
    ['a reference in capitals', '<a>&#X41;</a>'],
    ['a control character', '<a>\u0001</a>'],
    ['a NUL', '<a>\0</a>'],
    ['a noncharacter', '<a>\uFFFE</a>'],
    ['nothing', ''],
    ['text alone', 'hello'],
    ['text in front', 'x<a/>'],
    ['text behind', '<a/>x'],
    ['CDATA outside', '<a/><![CDATA[ ]]>'],
    ['a reference outside', '<a/>&#32;'],
    ['two roots', '<a/><b/>'],
    ['no end', '<a>'],
    ['a wrong end', '<a></b>'],
    ['a crossed end', '<a><b></a></b>'],
    ['an end with another prefix', '<p:a xmlns:p="u" xmlns:q="u"></q:a>'],
    ['an end alone', '</a>'],
    ['attributes of an end', '<a></a x="1">'],
    ['a blank in front of a name', '< a/>'],
    ['a name that begins with a digit', '<1a/>'],
    ['a name of two colons', '<a:b:c xmlns:a="u"/>'],
    ['an undeclared prefix', '<p:a/>'],
    ['an undeclared prefix of an attribute', '<a p:x="1"/>'],
    ['a prefix after its element has ended', '<a><b xmlns:p="u"/><p:c/></a>'],
    ['a prefix that is undeclared', '<a xmlns:p="u"><b xmlns:p=""/></a>'],
    ['xmlns as a prefix', '<a xmlns:xmlns="u"/>'],
    ['xml bound to something else', '<a xmlns:xml="u"/>'],
    ['an attribute given twice', '<a x="1" x="2"/>'],
    ['an attribute given twice by two prefixes', '<a xmlns:p="u" xmlns:q="u" p:x="1" q:x="2"/>'],
    ['a namespace declared twice', '<a xmlns="u" xmlns="v"/>'],
    ['no blank between attributes', '<a x="1"y="2"/>'],
    ['an attribute without quotes', '<a x=1/>'],
    ['an attribute without a value', '<a x/>'],
    ['quotes that never end', '<a x="1/>'],
    ['"<" in an attribute', '<a x="<"/>'],
    ['a tag that never ends', '<a x="1"'],
    ['a slash alone', '<a / >'],
    ['"]]>" in text', '<a>]]></a>'],
    ['CDATA that never ends', '<a><![CDATA[x</a>'],
    ['a comment that never ends', '<a><!-- x</a>'],
    ['a comment with "--"', '<a><!-- a--b --></a>'],
    ['a comment that ends with "--->"', '<a><!-- a ---></a>'],
    ['an instruction that never ends', '<a><?x </a>'],
    ['a second XML declaration', '<a><?xml version="1.0"?></a>'],
    ['an XML declaration behind a blank', ' <?xml version="1.0"?><a/>'],
    ['XML 1.1', '<?xml version="1.1"?><a/>'],
    ['UTF-16', '<?xml version="1.0" encoding="UTF-16"?><a/>'],
    ['UTF-7', '<?xml version="1.0" encoding="UTF-7"?><a/>'],
    ['ISO-8859-1', '<?xml version="1.0" encoding="ISO-8859-1"?><a/>'],
    ['a declaration with more in it', '<?xml version="1.0" encoding="UTF-8" x="y"?><a/>'],
    ['too deep elements', '<a>'.repeat(deepest + 1) + '</a>'.repeat(deepest + 1)],
    [
      'too many attributes',
      `<a ${Array.from({ length: mostAttributes + 1 }, (_, at) => `x${String(at)}="1"`).join(' ')}/>`,
    ],
  ])('%s', (_what, document) => {
    expect(() => parseXml(document)).toThrow(XmlError);
  });

  it('with line and column, and without a word of the document', () => {
    expect(() => parseXml('<a>\n  <Canary>&secret;</Canary></a>')).toThrow(
      new XmlError('an entity or a reference that XML does not define (line 2, column 11)'),
    );
  });

  it('elements as deep and attributes as many as the limits are taken', () => {
    expect(() => parseXml('<a>'.repeat(deepest) + '</a>'.repeat(deepest))).not.toThrow();
    const many = Array.from({ length: mostAttributes }, (_, at) => `x${String(at)}="1"`).join(' ');
    expect(parseXml(`<a ${many}/>`).attributes.size).toBe(mostAttributes);
  });
});

describe('whatever comes', () => {
  const told = (element: XmlElement): Drawn => ({
    name: element.name,
    namespace: element.namespace,
    attributes: [...element.attributes],
    text: element.text,
    children: element.children.map(told),
  });

  it('a tree that is written in any way is read as that tree', () => {
    fc.assert(
      fc.property(drawn, fc.infiniteStream(fc.nat()), (tree, stream) => {
        const document = render(tree, () => stream.next().value as number);
        expect(told(parseXml(document))).toEqual(tree);
        // Another reader, which does not take all names that JavaScript objects have.
        if (/__proto__|constructor/.test(document)) return;
        const parser = new XMLParser({ processEntities: false });
        // eslint-disable-next-line @typescript-eslint/no-deprecated -- version 5 validates in no other way
        expect(() => parser.parse(document, true) as unknown).not.toThrow();
      }),
      { numRuns: 300 },
    );
  });

  it('mangled documents and any text give a tree or an XmlError', () => {
    const pieces = [
      '<',
      '</',
      '/>',
      '>',
      '<!--',
      '-->',
      '<![CDATA[',
      ']]>',
      '<?xml ',
      '?>',
      '&',
      '&#',
      ';',
      '"',
      "'",
      '=',
      'a',
      'xmlns',
      ':',
      ' ',
      '\n',
      '<a>',
      '</a>',
      '<!DOCTYPE',
      '\u{1F600}',
      'é',
      '\0',
    ];
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(fc.constantFrom(...pieces), { maxLength: 40 }).map((list) => list.join('')),
        ),
        (text) => {
          try {
            parseXml(text);
          } catch (error) {
            expect(error).toBeInstanceOf(XmlError);
          }
        },
      ),
      { numRuns: 2000 },
    );
  });

  const mebibyte = 2 ** 20;
  it.each([
    ['open tags', '<a>'.repeat(mebibyte / 3)],
    ['one long name', `<${'a'.repeat(mebibyte)}`],
    ['blanks in a tag', `<a${' '.repeat(mebibyte)}`],
    ['a start of comments', `<a>${'<!--'.repeat(mebibyte / 4)}`],
    ['a start of CDATA', `<a>${'<![CDATA['.repeat(mebibyte / 9)}`],
    ['ampersands', `<a>${'&'.repeat(mebibyte)}</a>`],
    ['entities', `<a>${'&amp;'.repeat(mebibyte / 5)}</a>`],
    ['short elements', `<a>${'<b/>'.repeat(mebibyte / 4)}</a>`],
    ['declarations of namespaces', `<a>${'<b xmlns:p="u"/>'.repeat(mebibyte / 16)}</a>`],
    [
      'nested declarations',
      '<p:a xmlns:p="u">'.repeat(60) + '<b/>'.repeat(mebibyte / 5) + '</p:a>'.repeat(60),
    ],
    ['quotes', `<a ${'x="'.repeat(mebibyte / 3)}`],
    ['references', `<a>${'&#65;'.repeat(mebibyte / 5)}</a>`],
    ['a long reference', `<a>&#${'0'.repeat(mebibyte)}65;</a>`],
    ['instructions', `<a>${'<?x y?>'.repeat(mebibyte / 7)}</a>`],
    ['an instruction that never ends', `<?x${'?'.repeat(mebibyte)}`],
    ['an XML declaration of blanks', `<?xml${' '.repeat(mebibyte)}`],
    ['carriage returns', `<a>${'\r'.repeat(mebibyte)}</a>`],
  ])('a mebibyte of %s does not keep the processor busy', (_what, document) => {
    const before = process.cpuUsage();
    try {
      parseXml(document);
    } catch (error) {
      expect(error).toBeInstanceOf(XmlError);
    }
    // Quadratic readers take minutes: processor time, with much room.
    expect(process.cpuUsage(before).user / 1e6).toBeLessThan(4);
  });
});
