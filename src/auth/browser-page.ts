/**
 * What the browser is shown on the loopback port: a few fixed pages. Nothing of the request ever enters one, nothing is
 * loaded, run, framed, stored or led anywhere from them.
 */
import { createHash } from 'node:crypto';

export type PageName = 'done' | 'refused' | 'ignored' | 'elsewhere';

const style =
  'body{font:16px/1.5 system-ui,sans-serif;max-width:32em;margin:15vh auto;padding:0 1em}h1{font-size:1.4em}';

const pages: Readonly<Record<PageName, readonly [title: string, text: string]>> = {
  done: [
    'You may close this window',
    'The answer of your identity provider has arrived. The program that opened this page goes on by itself.',
  ],
  refused: [
    'The login was refused',
    'Your identity provider did not let you in. The program that opened this page shows the reason. You may close this window.',
  ],
  ignored: [
    'This answer was not taken',
    'It does not belong to the login that is under way, or it is not complete. Please finish the login in the window that your program opened.',
  ],
  elsewhere: ['Nothing to see here', 'This address only waits for the answer of an identity provider.'],
};

const html = Object.fromEntries(
  Object.entries(pages).map(([name, [title, text]]) => [
    name,
    `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>${style}</style>
<h1>${title}</h1>
<p>${text}</p>
</html>
`,
  ]),
) as Record<PageName, string>;

let headers: Readonly<Record<string, string>> | undefined;

/** The only thing that a page may have is our own style, which its hash allows (CSP Level 2, 4.2.5). */
function pageHeaders(): Readonly<Record<string, string>> {
  const hash = createHash('sha256').update(style).digest('base64');
  return (headers ??= {
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'content-security-policy': `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'cross-origin-opener-policy': 'same-origin',
    connection: 'close',
  });
}

export interface Page {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export function pageOf(name: PageName): Page {
  const body = html[name];
  return { headers: { ...pageHeaders(), 'content-length': String(Buffer.byteLength(body)) }, body };
}
