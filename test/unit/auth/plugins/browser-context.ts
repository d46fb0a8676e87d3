/** What a browser plugin is given in unit tests: scripted HTTPS answers, and a browser that is a function. */
import { Secret } from '../../../../src/config/secret.js';
import type { PluginOptions, ProviderContext } from '../../../../src/auth/provider.js';
import { formPost, send } from '../raw.js';

type HttpClient = ProviderContext['http'];
type Ask = ReturnType<HttpClient['session']>['request'];
type HttpRequest = Parameters<Ask>[0];
type HttpResponse = Awaited<ReturnType<Ask>>;

export interface Trial {
  readonly context: ProviderContext;
  readonly give: AbortController;
  /** What the identity provider was asked, with the fields of its form. */
  readonly requests: {
    readonly url: string;
    readonly fields: URLSearchParams;
    readonly request: HttpRequest;
  }[];
  /** Pages that were opened. */
  readonly pages: URL[];
  readonly lines: string[];
}

export interface Script {
  readonly plugin: string;
  readonly options: Readonly<Record<string, string | number | undefined>>;
  /** What the user does with the page. */
  readonly browse?: ((page: URL) => unknown) | undefined;
  readonly answer?: (fields: URLSearchParams) => { readonly status?: number; readonly body: unknown };
}

const secret = new Set(['clientId', 'clientSecret', 'password']);

export function trial(script: Script): Trial {
  const give = new AbortController();
  const requests: Trial['requests'] = [];
  const pages: URL[] = [];
  const lines: string[] = [];
  const options = Object.fromEntries(
    Object.entries(script.options).map(([name, value]) => [
      name,
      secret.has(name) && typeof value === 'string' ? new Secret(name, value) : value,
    ]),
  ) as PluginOptions;
  const http = {
    session: () => ({
      request: async (request: HttpRequest): Promise<HttpResponse> => {
        request.signal.throwIfAborted();
        const fields = new URLSearchParams(String(request.body));
        requests.push({ url: request.url, fields, request });
        const { status = 200, body } = script.answer?.(fields) ?? { status: 404, body: '' };
        return {
          status,
          headers: {},
          url: request.url,
          body: typeof body === 'string' ? body : JSON.stringify(body),
        };
      },
    }),
    awsAgent: async () => undefined,
  } as unknown as HttpClient;
  return {
    give,
    requests,
    pages,
    lines,
    context: {
      plugin: script.plugin,
      options,
      http,
      signal: give.signal,
      openBrowser: async (url) => {
        const page = new URL(url);
        pages.push(page);
        await script.browse?.(page);
      },
      log: (level, line) => lines.push(`${level} ${line}`),
    },
  };
}

/** Posts a form to the page's redirect_uri as a browser would. */
export async function post(page: URL, fields: Readonly<Record<string, string>>): Promise<number> {
  const redirect = new URL(page.searchParams.get('redirect_uri')!);
  const body = new URLSearchParams(fields).toString();
  const { status } = await send(
    Number(redirect.port),
    formPost(Number(redirect.port), { path: redirect.pathname, body }),
  );
  return status;
}
