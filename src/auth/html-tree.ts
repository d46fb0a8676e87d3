/**
 * A page of an identity provider as a tree (parse5, loaded on first use). The page is hostile input: it is bounded in
 * every direction, no script of it runs, and nothing that it names is loaded.
 */
import type { DefaultTreeAdapterTypes as Tree } from 'parse5';
import { AuthenticationError } from '../errors.js';

export type Element = Tree.Element;

export interface HtmlTree {
  /** Those of HTML, in document order; what stands in a `template` is not there. */
  readonly elements: readonly Element[];
  /** The element that the page gives this id first. */
  readonly byId: ReadonlyMap<string, Element>;
  /**
   * The form that was open when an element came, which need not be one of its ancestors: in `<table><form><tr>…` the
   * form is an empty element beside its fields (HTML, 13.2.6.1 "create an element for a token").
   */
  readonly openForms: ReadonlyMap<Element, Element>;
}

/**
 * Login pages have some hundred elements, and a SAML response of 100 kB exists. Depth is what makes an HTML parser
 * slow, and 512 is where Chromium stops nesting too; comments count because children are searched one by one.
 */
const most = { characters: 2 ** 21, nodes: 20_000, depth: 512 } as const;

/** `html.NS.HTML` of parse5, whose types have it as a constant enum. */
const htmlNamespace = 'http://www.w3.org/1999/xhtml';

const isOfHtml = ({ namespaceURI }: { readonly namespaceURI: string }): boolean =>
  namespaceURI === htmlNamespace;

/** Throws AuthenticationError where the page is larger than any login page. */
export async function parsePage(html: string, plugin: string): Promise<HtmlTree> {
  const tooMuch = (what: string): AuthenticationError =>
    new AuthenticationError(`The identity provider's page ${what}, more than any login page`, {
      plugin,
      stage: 'identity provider',
      hint: 'check idpHost',
    });
  if (html.length > most.characters) throw tooMuch(`has ${String(html.length)} characters`);
  const { parse, defaultTreeAdapter } = await import('parse5');

  const openForms = new Map<Element, Element>();
  let nodes = 0;
  let depth = 0;
  const count = (): void => {
    if (++nodes > most.nodes) throw tooMuch(`has over ${String(most.nodes)} elements and comments`);
  };
  const document = parse(html, {
    // As a browser without scripts does, so that what stands in `noscript` counts.
    scriptingEnabled: false,
    treeAdapter: {
      ...defaultTreeAdapter,
      createCommentNode(data) {
        count();
        return defaultTreeAdapter.createCommentNode(data);
      },
      onElementCreated(element, { formElement, isInTemplate }) {
        count();
        if (formElement !== null && !isInTemplate) openForms.set(element, formElement);
      },
      onItemPush() {
        if (++depth > most.depth) throw tooMuch(`is nested over ${String(most.depth)} elements deep`);
      },
      onItemPop() {
        depth--;
      },
    },
  });
  // `form` and `input` of an SVG picture are none of HTML: a browser neither shows nor sends them.
  const elements = [...elementsIn(document)].filter(isOfHtml);
  const byId = new Map<string, Element>();
  for (const element of elements) {
    const id = attribute(element, 'id');
    if (id !== undefined && !byId.has(id)) byId.set(id, element);
  }
  return { elements, byId, openForms };
}

export function attribute(element: Element, name: string): string | undefined {
  return element.attrs.find((each) => each.name === name)?.value;
}

export function* ancestors(element: Element): Generator<Element> {
  for (let at = element.parentNode; at !== null && 'tagName' in at; at = at.parentNode) yield at;
}

/** They do not end a word; all the others begin a line. */
const inline = new Set(['a', 'b', 'i', 'u', 'em', 'font', 'span', 'small', 'strong', 'code', 'wbr']);
const notRead = new Set(['script', 'style', 'title', 'template', 'select', 'textarea']);

/** The text that a reader sees, at most so many characters of it. */
export function textOf(element: Element, most: number): string {
  let text = '';
  for (const node of nodesIn(element, notRead)) {
    if (text.length >= most) break;
    if ('tagName' in node && !inline.has(node.tagName)) text += ' ';
    else if (node.nodeName === '#text') text += (node as Tree.TextNode).value.slice(0, most - text.length);
  }
  return text;
}

export function* elementsIn(root: Tree.ParentNode): Generator<Element> {
  for (const node of nodesIn(root)) if ('tagName' in node) yield node;
}

/** In document order, without recursion: the depth is the page's choice. */
function* nodesIn(root: Tree.ParentNode, skipped?: ReadonlySet<string>): Generator<Tree.ChildNode> {
  const waiting: Tree.ChildNode[] = root.childNodes.toReversed();
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    yield node;
    if (!('tagName' in node) || skipped?.has(node.tagName) === true) continue;
    for (let at = node.childNodes.length - 1; at >= 0; at--) waiting.push(node.childNodes[at]!);
  }
}
