/**
 * A strict reader of XML 1.0 with namespaces, for documents that strangers sent: no DOCTYPE, no entity but the five
 * that every document has, bounded depth, linear time. It never fetches anything, and its errors never repeat the text.
 */

/** Depth of elements; what identity providers send is about ten deep. */
export const deepest = 64;
/** Attributes of one element, declarations of namespaces included. */
export const mostAttributes = 64;

export interface XmlElement {
  /** The URI; empty: none. */
  readonly namespace: string;
  /** Without its prefix. */
  readonly name: string;
  /** Those without a prefix, by name: an attribute with a prefix belongs to somebody else. */
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
  /** What stands directly in it: pieces that comments, CDATA sections or elements part are joined. */
  readonly text: string;
}

/** Where and why a document is refused. */
export class XmlError extends Error {
  override name = 'XmlError';
}

/** The names of XML 1.0 (fifth edition), without the colon: the NCName of Namespaces in XML 1.0. */
const nameStart =
  'A-Z_a-z\\xC0-\\xD6\\xD8-\\xF6\\xF8-\\u02FF\\u0370-\\u037D\\u037F-\\u1FFF\\u200C\\u200D\\u2070-\\u218F\\u2C00-\\u2FEF\\u3001-\\uD7FF\\uF900-\\uFDCF\\uFDF0-\\uFFFD\\u{10000}-\\u{EFFFF}';
const ncName = `[${nameStart}][${nameStart}\\-.0-9\\xB7\\u0300-\\u036F\\u203F\\u2040]*`;
const qualifiedName = new RegExp(`(?:(${ncName}):)?(${ncName})`, 'uy');
const target = new RegExp(ncName, 'uy');
const blanks = /[\t\n ]*/y;
const equals = /[\t\n ]*=[\t\n ]*/y;
const outside = /[^\t\n\x20-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u;
const declaration =
  /<\?xml[\t\n ]+version[\t\n ]*=[\t\n ]*(?:"1\.0"|'1\.0')(?:[\t\n ]+encoding[\t\n ]*=[\t\n ]*(?:"([A-Za-z][\w.-]{0,39})"|'([A-Za-z][\w.-]{0,39})'))?(?:[\t\n ]+standalone[\t\n ]*=[\t\n ]*(?:"(?:yes|no)"|'(?:yes|no)'))?[\t\n ]*\?>/y;

const xmlNamespace = 'http://www.w3.org/XML/1998/namespace';
const xmlnsNamespace = 'http://www.w3.org/2000/xmlns/';
const entities: ReadonlyMap<string, string> = new Map([
  ['lt', '<'],
  ['gt', '>'],
  ['amp', '&'],
  ['quot', '"'],
  ['apos', "'"],
]);

/** An element that is still open. */
interface Open {
  readonly qualified: string;
  readonly namespace: string;
  readonly name: string;
  readonly attributes: Map<string, string>;
  readonly children: XmlElement[];
  text: string;
  /** The prefixes that it binds, to be unbound at its end. */
  readonly binds: readonly string[];
}

interface RawAttribute {
  readonly prefix: string;
  readonly name: string;
  readonly value: string;
}

/**
 * The root of a document.
 *
 * @param document as text: the caller has decoded UTF-8 and checked its size
 * @throws XmlError that tells line and column
 */
export function parseXml(document: string): XmlElement {
  return new Reader(document).document();
}

class Reader {
  readonly #text: string;
  #at = 0;
  readonly #open: Open[] = [];
  #root: XmlElement | undefined;
  /** Prefix to URIs, the innermost last. */
  readonly #bound = new Map<string, string[]>([['xml', [xmlNamespace]]]);

  constructor(document: string) {
    // Line ends first, as XML 1.0 2.11 has it; what `&#13;` stands for stays.
    this.#text = document.replace(/^\uFEFF/, '').replace(/\r\n?/g, '\n');
  }

  document(): XmlElement {
    const odd = outside.exec(this.#text);
    if (odd !== null) this.#refuse('a character that XML does not allow', odd.index);
    if (/^<\?xml[\t\n ?]/.test(this.#text)) this.#declaration();
    while (this.#at < this.#text.length) this.#next();
    if (this.#open.length > 0) this.#refuse('an element that is never closed');
    return this.#root ?? this.#refuse('no element at all');
  }

  #declaration(): void {
    const match = this.#match(declaration) ?? this.#refuse('an XML declaration that is none of version 1.0');
    const encoding = match[1] ?? match[2] ?? 'utf-8';
    if (!['utf-8', 'us-ascii'].includes(encoding.toLowerCase()))
      this.#refuse('another encoding than UTF-8', 0);
  }

  #next(): void {
    const text = this.#text;
    if (text[this.#at] !== '<') this.#characters();
    else if (text.startsWith('</', this.#at)) this.#endTag();
    else if (text.startsWith('<!--', this.#at)) this.#comment();
    else if (text.startsWith('<![CDATA[', this.#at)) this.#section();
    else if (text.startsWith('<!', this.#at)) this.#refuse('a DOCTYPE or another declaration');
    else if (text.startsWith('<?', this.#at)) this.#instruction();
    else this.#startTag();
  }

  #characters(): void {
    const from = this.#at;
    const end = this.#text.indexOf('<', from);
    const piece = this.#text.slice(from, end === -1 ? undefined : end);
    const parent = this.#open.at(-1);
    if (parent === undefined) {
      if (/[^\t\n ]/.test(piece)) this.#refuse('text outside of the root element');
    } else {
      if (piece.includes(']]>')) this.#refuse('"]]>" in text');
      parent.text += this.#resolve(piece, from);
    }
    this.#at = from + piece.length;
  }

  #comment(): void {
    const end = this.#text.indexOf('--', this.#at + 4);
    if (end === -1 || this.#text[end + 2] !== '>') this.#refuse('a comment that does not end with "-->"');
    this.#at = end + 3;
  }

  #section(): void {
    const parent = this.#open.at(-1) ?? this.#refuse('text outside of the root element');
    const end = this.#text.indexOf(']]>', this.#at);
    if (end === -1) this.#refuse('a CDATA section that never ends');
    parent.text += this.#text.slice(this.#at + 9, end);
    this.#at = end + 3;
  }

  /** Processing instructions tell us nothing; they are well-formed and no second XML declaration. */
  #instruction(): void {
    const from = this.#at;
    this.#at += 2;
    const [name] = this.#match(target) ?? this.#refuse('a processing instruction without a name');
    const end = this.#text.indexOf('?>', this.#at);
    const parted = end === this.#at || /[\t\n ]/.test(this.#text[this.#at] ?? '');
    if (end === -1 || !parted || name.toLowerCase() === 'xml')
      this.#refuse('a processing instruction or XML declaration that may not stand here', from);
    this.#at = end + 2;
  }

  #startTag(): void {
    const from = this.#at;
    this.#at++;
    if (this.#root !== undefined && this.#open.length === 0) this.#refuse('a second root element', from);
    if (this.#open.length >= deepest) this.#refuse(`elements more than ${String(deepest)} deep`, from);
    const [qualified, prefix = '', name = ''] =
      this.#match(qualifiedName) ?? this.#refuse('a tag without a proper name', from);
    const found = this.#attributes();
    const binds = this.#declare(found, from);
    const element: Open = {
      qualified,
      namespace: this.#namespaceOf(prefix, from),
      name,
      attributes: this.#expand(found, from),
      children: [],
      text: '',
      binds,
    };
    this.#open.push(element);
    if (this.#text.startsWith('/>', this.#at)) {
      this.#at += 2;
      this.#close(element);
    } else if (this.#text[this.#at] === '>') this.#at++;
    else this.#refuse('a start tag that does not end with ">"');
  }

  #endTag(): void {
    const from = this.#at;
    this.#at += 2;
    const [qualified] = this.#match(qualifiedName) ?? this.#refuse('a tag without a proper name', from);
    this.#match(blanks);
    const element = this.#open.at(-1);
    if (element?.qualified !== qualified || this.#text[this.#at] !== '>')
      return this.#refuse('an end tag that closes nothing', from);
    this.#at++;
    this.#close(element);
  }

  #close(element: Open): void {
    this.#open.pop();
    for (const prefix of element.binds) this.#bound.get(prefix)?.pop();
    const { namespace, name, attributes, children, text } = element;
    const closed: XmlElement = { namespace, name, attributes, children, text };
    const parent = this.#open.at(-1);
    if (parent === undefined) this.#root = closed;
    else parent.children.push(closed);
  }

  #attributes(): RawAttribute[] {
    const found: RawAttribute[] = [];
    for (;;) {
      const blank = this.#match(blanks)?.[0] ?? '';
      const next = this.#text[this.#at];
      if (next === '>' || next === '/' || next === undefined) return found;
      const from = this.#at;
      if (blank === '') this.#refuse('no blank in front of an attribute');
      if (found.length === mostAttributes)
        this.#refuse(`more than ${String(mostAttributes)} attributes of one element`);
      const [, prefix = '', name = ''] =
        this.#match(qualifiedName) ?? this.#refuse('an attribute without a proper name');
      if (this.#match(equals) === undefined) this.#refuse('an attribute without a value', from);
      found.push({ prefix, name, value: this.#quoted() });
    }
  }

  #quoted(): string {
    const quote = this.#text[this.#at];
    if (quote !== '"' && quote !== "'") this.#refuse('an attribute without quotes');
    const from = this.#at + 1;
    const end = this.#text.indexOf(quote, from);
    const raw = this.#text.slice(from, end === -1 ? undefined : end);
    if (end === -1 || raw.includes('<')) this.#refuse('an attribute whose quotes never end, or with a "<"');
    this.#at = end + 1;
    // Blanks are made spaces (XML 1.0 3.3.3), those that a reference stands for are not.
    return this.#resolve(raw.replace(/[\t\n]/g, ' '), from);
  }

  /** Binds the namespaces that a start tag declares, and tells their prefixes. */
  #declare(found: readonly RawAttribute[], from: number): string[] {
    const binds: string[] = [];
    for (const { prefix, name, value } of found) {
      if (prefix !== 'xmlns' && (prefix !== '' || name !== 'xmlns')) continue;
      const bound = prefix === '' ? '' : name;
      const reserved =
        bound === 'xmlns' ||
        value === xmlnsNamespace ||
        (bound === 'xml') !== (value === xmlNamespace) ||
        (bound !== '' && value === '');
      if (reserved || binds.includes(bound))
        this.#refuse('a declaration of a namespace that may not be', from);
      const uris = this.#bound.get(bound);
      if (uris === undefined) this.#bound.set(bound, [value]);
      else uris.push(value);
      binds.push(bound);
    }
    return binds;
  }

  #namespaceOf(prefix: string, from: number): string {
    const uri = this.#bound.get(prefix)?.at(-1);
    if (uri === undefined && prefix !== '') this.#refuse('a prefix that no namespace was declared for', from);
    return uri ?? '';
  }

  /** No two attributes of one name, whatever their prefixes are. */
  #expand(found: readonly RawAttribute[], from: number): Map<string, string> {
    const own = new Map<string, string>();
    const seen = new Set<string>();
    for (const { prefix, name, value } of found) {
      if (prefix === 'xmlns' || (prefix === '' && name === 'xmlns')) continue;
      const full = prefix === '' ? name : `{${this.#namespaceOf(prefix, from)}}${name}`;
      if (seen.has(full)) this.#refuse('an attribute that is given twice', from);
      seen.add(full);
      if (prefix === '') own.set(name, value);
    }
    return own;
  }

  #resolve(raw: string, from: number): string {
    if (!raw.includes('&')) return raw;
    return raw.replace(/&(?:#([0-9]{1,10});|#x([0-9A-Fa-f]{1,8});|([a-z]{2,4});)?/g, (...match) => {
      const [, decimal, hex, name, at] = match as unknown as [string, string?, string?, string?, number?];
      const value = name === undefined ? character(decimal, hex) : entities.get(name);
      return value ?? this.#refuse('an entity or a reference that XML does not define', from + (at ?? 0));
    });
  }

  #match(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text);
    if (match === null) return undefined;
    this.#at = pattern.lastIndex;
    return match;
  }

  #refuse(why: string, at = this.#at): never {
    const before = this.#text.slice(0, at);
    const line = before.split('\n').length;
    const column = at - before.lastIndexOf('\n');
    throw new XmlError(`${why} (line ${String(line)}, column ${String(column)})`);
  }
}

/** What `&#…;` stands for, unless XML does not allow that character. */
function character(decimal: string | undefined, hex: string | undefined): string | undefined {
  const code = decimal !== undefined ? Number(decimal) : hex !== undefined ? Number.parseInt(hex, 16) : -1;
  if (code < 0 || code > 0x10_ffff) return undefined;
  const text = String.fromCodePoint(code);
  return code === 13 || !outside.test(text) ? text : undefined;
}
