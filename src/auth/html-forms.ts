/**
 * The forms of an identity provider's page, as the HTML standard reads them: whose field is whose, what a browser would
 * send, and where. Sends nothing itself, and no value of a page ever enters an error.
 */
import { AuthenticationError } from '../errors.js';
import {
  ancestors,
  attribute,
  elementsIn,
  parsePage,
  textOf,
  type Element,
  type HtmlTree,
} from './html-tree.js';

export interface PageField {
  /** As the page writes them; empty where it has none. */
  readonly name: string;
  readonly id: string;
  /** The type of an `input` in lower case; `select`, `textarea`, `submit`, `reset` or `button` for other elements. */
  readonly type: string;
  readonly value: string;
  /** Whether a browser would send it when the form's first button is pressed. */
  readonly sent: boolean;
}

export interface PageForm {
  /** The attribute as written; undefined: the form goes back to the page's own address. */
  readonly action: string | undefined;
  /** In document order. */
  readonly fields: readonly PageField[];
}

export interface HtmlPage {
  /** Where it came from, after redirects. */
  readonly url: string;
  readonly forms: readonly PageForm[];
  /** Fields that belong to no form: only a script could send them. */
  readonly loose: readonly PageField[];
  /** `href` of the first `base` element: relative addresses start there. */
  readonly base: string | undefined;
  /** Whether it brings scripts, which never run here. */
  readonly scripted: boolean;
  /** What the page says went wrong, as one line. It may repeat what was sent to it: mask it before it is shown. */
  readonly notice: string | undefined;
}

/** Nobody tells a user more than this; half a message is not given, since half a secret in it could not be masked. */
const longestNotice = 2000;

/** Throws AuthenticationError where the page is larger than any login page. */
export async function readPage(
  response: { readonly url: string; readonly body: string },
  plugin: string,
): Promise<HtmlPage> {
  const tree = await parsePage(response.body, plugin);
  const owned = new Map<Element | undefined, Element[]>();
  for (const element of tree.elements) {
    if (!fieldTags.has(element.tagName)) continue;
    const owner = ownerOf(element, tree);
    const fields = owned.get(owner);
    if (fields === undefined) owned.set(owner, [element]);
    else fields.push(element);
  }
  const named = (tag: string): Element[] => tree.elements.filter(({ tagName }) => tagName === tag);
  return {
    url: response.url,
    forms: named('form').map((form) => ({
      action: attribute(form, 'action'),
      fields: readFields(owned.get(form) ?? []),
    })),
    loose: readFields(owned.get(undefined) ?? []),
    base: named('base')
      .map((element) => attribute(element, 'href'))
      .find((href) => href !== undefined),
    scripted: named('script').length > 0,
    notice: noticeOf(tree.elements),
  };
}

/**
 * Where a form goes: its action, resolved as a browser does it. Throws AuthenticationError unless that is https and one of
 * `hosts`: what goes there holds a password, and a page must not be able to have it sent elsewhere.
 */
export function postTarget(page: HtmlPage, form: PageForm, hosts: readonly string[], plugin: string): string {
  const refused = (problem: string, hint: string): AuthenticationError =>
    new AuthenticationError(`${problem}; the password was not sent`, {
      plugin,
      stage: 'identity provider',
      hint,
    });
  const action = form.action?.trim() ?? '';
  const base =
    page.base !== undefined && URL.canParse(page.base, page.url)
      ? new URL(page.base, page.url).href
      : page.url;
  // An empty action is the page itself, whatever its base (HTML, 4.10.21.3 "form submission algorithm").
  const target =
    action === '' ? new URL(page.url) : URL.canParse(action, base) ? new URL(action, base) : undefined;
  if (target === undefined)
    throw refused('The action of the login form is no address', 'ask those who run the identity provider');
  if (target.protocol !== 'https:')
    throw refused(
      `The login form is to be sent to a ${target.protocol.slice(0, 20)} address, and only https is safe`,
      'ask those who run the identity provider to correct its page',
    );
  if (!hosts.includes(target.hostname))
    throw refused(
      `The login form is to be sent to another host, ${target.hostname}`,
      'if that is your identity provider, set idpHost to it; else use BrowserSamlCredentialsProvider',
    );
  target.hash = '';
  target.username = '';
  target.password = '';
  return target.href;
}

/** Input types in which nobody types a name; an unknown type is a text field. */
const otherTypes = new Set(
  'hidden password checkbox radio submit image reset button file color range date month week time datetime-local number select textarea'.split(
    ' ',
  ),
);

/** Whether a user would type into it, and see what is typed. */
export function isTextField(field: PageField): boolean {
  return !otherTypes.has(field.type);
}

const fieldTags = new Set(['input', 'select', 'textarea', 'button']);

/** HTML, 4.10.18.3 "reset the form owner". */
function ownerOf(field: Element, tree: HtmlTree): Element | undefined {
  const named = attribute(field, 'form');
  if (named !== undefined) {
    const owner = tree.byId.get(named);
    return owner?.tagName === 'form' ? owner : undefined;
  }
  const open = tree.openForms.get(field);
  if (open !== undefined) return open;
  for (const ancestor of ancestors(field)) if (ancestor.tagName === 'form') return ancestor;
  return undefined;
}

/** HTML, 4.10.21.4 "constructing the entry list"; of the buttons the first is pressed. */
function readFields(elements: readonly Element[]): PageField[] {
  const pressed = elements.find((element) => ['submit', 'image'].includes(typeOf(element)));
  return elements.map((element) => {
    const type = typeOf(element);
    const name = attribute(element, 'name') ?? '';
    const value = valueOf(element, type);
    return {
      name,
      id: attribute(element, 'id') ?? '',
      type,
      value: value ?? '',
      sent: name !== '' && value !== undefined && counts(element, type, pressed) && isAble(element),
    };
  });
}

function typeOf(element: Element): string {
  const type = attribute(element, 'type')?.trim().toLowerCase() ?? '';
  if (element.tagName === 'input') return type === '' ? 'text' : type;
  if (element.tagName === 'button') return type === 'reset' || type === 'button' ? type : 'submit';
  return element.tagName;
}

function counts(element: Element, type: string, pressed: Element | undefined): boolean {
  switch (type) {
    case 'submit':
      return element === pressed;
    case 'checkbox':
    case 'radio':
      return attribute(element, 'checked') !== undefined;
    // An image sends where it was clicked, and nobody clicks here.
    case 'image':
    case 'reset':
    case 'button':
    case 'file':
      return false;
    default:
      return true;
  }
}

function isAble(element: Element): boolean {
  if (attribute(element, 'disabled') !== undefined) return false;
  for (const ancestor of ancestors(element))
    if (ancestor.tagName === 'fieldset' && attribute(ancestor, 'disabled') !== undefined) return false;
  return true;
}

function valueOf(element: Element, type: string): string | undefined {
  if (type === 'select') {
    // A list to choose one from: what is selected, else the first that can be.
    const choices = [...elementsIn(element)].filter(({ tagName }) => tagName === 'option');
    const choice =
      choices.findLast((each) => attribute(each, 'selected') !== undefined) ??
      choices.find((each) => attribute(each, 'disabled') === undefined);
    return choice && (attribute(choice, 'value') ?? textOf(choice, Infinity).trim());
  }
  if (type === 'textarea') return textOf(element, Infinity);
  return attribute(element, 'value') ?? (type === 'checkbox' || type === 'radio' ? 'on' : '');
}

/** AD FS writes its refusal into `#errorText`, PingFederate into `.ping-error`, others into something with role `alert`. */
function noticeOf(elements: readonly Element[]): string | undefined {
  let looked = 0;
  for (const element of elements) {
    if (['html', 'body', 'form', 'input', 'script'].includes(element.tagName)) continue;
    const marks = ['id', 'class', 'role'].map((name) => attribute(element, name)?.toLowerCase() ?? '');
    if (!marks.some((mark) => mark.includes('error') || mark === 'alert')) continue;
    if (attribute(element, 'hidden') !== undefined) continue;
    const text = textOf(element, longestNotice);
    if (text.length < longestNotice && text.trim() !== '') return oneLine(text);
    if (++looked > 100) break;
  }
  return undefined;
}

/** One line without control and formatting characters, which could forge a log's next line or turn its direction. */
export function oneLine(text: string): string {
  return text.replace(/[\p{C}\p{Z}]+/gu, ' ').trim();
}
