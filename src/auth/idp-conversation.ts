/**
 * One conversation with an identity provider, as the plugins that fill in forms hold it: asking, reading the answer, and
 * errors that name plugin and stage. What it quotes of an answer is masked: a page may repeat what was sent to it.
 */
import type { HttpRequest, HttpResponse } from '../aws/http.js';
import { AuthenticationError } from '../errors.js';
import { oneLine, readPage, type HtmlPage } from './html-forms.js';
import type { ProviderContext } from './provider.js';

export const browserPlugin = 'use BrowserSamlCredentialsProvider, which logs in with your browser';

export class IdpConversation {
  readonly #session: ReturnType<ProviderContext['http']['session']>;
  readonly #context: ProviderContext;
  readonly #secrets: string[] = [];
  /** As people call it: `AD FS`. */
  readonly #provider: string;

  constructor(context: ProviderContext, provider: string) {
    this.#context = context;
    this.#provider = provider;
    this.#session = context.http.session();
  }

  /** From now on this text is masked in whatever is quoted. */
  hide(secret: string): void {
    if (secret === '') return;
    const bytes = Buffer.from(secret);
    const form = new URLSearchParams({ '': secret }).toString().slice(1);
    const written = [
      secret,
      oneLine(secret),
      encodeURIComponent(secret),
      form,
      JSON.stringify(secret).slice(1, -1),
      bytes.toString('base64'),
      bytes.toString('base64').replace(/=+$/, ''),
      bytes.toString('base64url'),
      bytes.toString('hex'),
    ];
    this.#secrets.push(...new Set(written.filter((text) => text !== '')));
    // The longest first, so that no piece of a longer one stays.
    this.#secrets.sort((a, b) => b.length - a.length);
  }

  /** Words of the identity provider, to be shown: one line, cut short, without secrets. */
  quoted(text: string): string {
    let shown = text;
    for (const secret of this.#secrets) shown = shown.replaceAll(secret, '***');
    const line = oneLine(shown);
    return line.length > 500 ? `${line.slice(0, 500)}…` : line;
  }

  /** `hint` is what to do, as a part of a sentence. */
  failure(problem: string, hint: string): AuthenticationError {
    return new AuthenticationError(`${this.#provider} ${problem}`, {
      plugin: this.#context.plugin,
      stage: 'identity provider',
      hint,
    });
  }

  async get(url: string, headers: Readonly<Record<string, string>> = {}): Promise<HttpResponse> {
    return this.#ask({ method: 'GET', url, headers });
  }

  async post(
    url: string,
    body: URLSearchParams | string,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<HttpResponse> {
    return this.#ask({ method: 'POST', url, body, headers });
  }

  async #ask(request: Omit<HttpRequest, 'signal'>): Promise<HttpResponse> {
    const { signal, log } = this.#context;
    try {
      const response = await this.#session.request({ ...request, signal });
      log('debug', `${this.#provider}: ${request.method} answered with HTTP ${String(response.status)}`);
      return response;
    } catch (error) {
      // Given up by the caller or its clock: that is no fault of the provider.
      if (signal.aborted) throw error;
      throw notAsked(this.#provider, this.#context.plugin, error);
    }
  }

  async page(response: HttpResponse): Promise<HtmlPage> {
    const page = await readPage(response, this.#context.plugin);
    const fields = page.forms.map((form) => form.fields.length).join(', ');
    this.#context.log('debug', `${this.#provider}: a page with forms of so many fields: ${fields || 'none'}`);
    return page;
  }

  /** What the page itself says, as the end of a sentence. */
  told(page: HtmlPage): string {
    return page.notice === undefined ? '' : `; its page says "${this.quoted(page.notice)}"`;
  }

  /** The one SAML response of a page, in base64; undefined if there is none. Two different ones are refused. */
  samlResponseOn(page: HtmlPage): string | undefined {
    const found = new Set(
      [...page.forms.flatMap((form) => form.fields), ...page.loose]
        .filter((field) => field.name === 'SAMLResponse' && field.value.trim() !== '')
        .map((field) => field.value.trim()),
    );
    if (found.size > 1)
      throw this.failure(
        `gave a page with ${String(found.size)} different SAML responses`,
        'ask those who run it: nobody can tell which one is yours',
      );
    const [response] = found;
    return response;
  }
}

/** No answer came: the HTTP client's own error, which says why and what to do, under the names of provider and plugin. */
export function notAsked(provider: string, plugin: string, error: unknown): AuthenticationError {
  const known = error instanceof AuthenticationError ? error : undefined;
  const { message } = error instanceof Error ? error : new Error('no reason given');
  const end = ` (${known?.hint ?? ''})`;
  const why = message.endsWith(end) ? message.slice(0, -end.length) : message;
  return new AuthenticationError(`${provider} could not be asked: ${why}`, {
    plugin,
    stage: 'identity provider',
    hint: known?.hint ?? 'check the network and the options proxy and httpsCa',
    retryable: known?.retryable ?? false,
    cause: error,
  });
}

/**
 * `https://host[:port]` of the options idpHost and idpPort. People paste the address of the page, so its host is taken;
 * anything else that is no host name is refused, since it decides where the password goes.
 */
export function idpOrigin(context: ProviderContext): URL {
  const host = needed(context, 'idpHost').trim();
  const port = context.options.idpPort ?? 443;
  const written = /^[a-z]+:\/\//i.test(host) ? host : `https://${host}`;
  const url = URL.canParse(written) ? new URL(written) : undefined;
  const plain =
    url?.protocol === 'https:' &&
    url.username === '' &&
    url.password === '' &&
    url.search === '' &&
    url.hash === '' &&
    !/[\s\\@]/.test(host);
  if (url === undefined || !plain || (url.pathname !== '/' && written !== host))
    throw new AuthenticationError('The option idpHost is no host name', {
      plugin: context.plugin,
      stage: 'options',
      hint: 'give the host alone, as in login.example.com',
    });
  const origin = new URL(`https://${url.hostname}`);
  origin.port = url.port === '' ? String(port) : url.port;
  return origin;
}

/** Text of an option that the plugin cannot do without; whoever calls the plugin has checked that it is there. */
export function needed(context: ProviderContext, name: 'idpHost' | 'user' | 'appId' | 'idpTenant'): string {
  const value = context.options[name];
  if (value === undefined || value === '') throw missing(context, name);
  return value;
}

/** The same for a secret. */
export async function neededSecret(
  context: ProviderContext,
  name: 'password' | 'clientId' | 'clientSecret',
): Promise<string> {
  const value = await context.options[name]?.read();
  if (value === undefined || value === '') throw missing(context, name);
  return value;
}

function missing(context: ProviderContext, name: string): AuthenticationError {
  return new AuthenticationError(`The option ${name} is missing`, {
    plugin: context.plugin,
    stage: 'options',
    hint: `${context.plugin} needs it`,
  });
}

/**
 * A value for a URL's query that may come encoded already: redshift_connector puts it into the address as it is, so
 * settings made for it hold `urn%3Aamazon%3Awebservices`.
 */
export function queryValue(value: string): string {
  let plain = value;
  try {
    plain = decodeURIComponent(value);
  } catch {
    // A lone `%`: it was not encoded.
  }
  return encodeURIComponent(plain);
}
