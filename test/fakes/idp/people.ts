/** Who may log in at the fake identity providers, what the real ones do in special cases, and pieces of their pages. */

export interface Person {
  readonly user: string;
  readonly password: string;
}

/** How a value stands in an attribute when a server writes it with as many entities as can be (Okta does). */
export function entityEncoded(text: string): string {
  return Array.from(text)
    .map((letter) => (/[A-Za-z0-9]/.test(letter) ? letter : `&#x${letter.codePointAt(0)!.toString(16)};`))
    .join('');
}

/** Enough for HTML: these may end an attribute or begin an element. */
export function escaped(text: string): string {
  const entities: Record<string, string> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  };
  return text.replace(/[&<>"']/g, (letter) => entities[letter] ?? letter);
}

/** The page that sends itself to AWS: what all of them answer a good login with. */
export function postingPage(samlResponse: string, encode: (text: string) => string = escaped): string {
  return `<html><head><title>Working...</title></head><body>
<form method="POST" name="hiddenform" action="https://signin.aws.amazon.com:443/saml">
<input type="hidden" name="SAMLResponse" value="${encode(samlResponse)}" />
<noscript><p>Script is disabled. Click Submit to continue.</p><input type="submit" value="Submit" /></noscript>
</form><script language="javascript">window.setTimeout('document.forms[0].submit()', 0);</script></body></html>`;
}

/** A page that sends its fields by itself, as identity providers answer the browser of somebody who is logged in. */
export function selfPostingPage(action: string, fields: Readonly<Record<string, string>>): string {
  const inputs = Object.entries(fields).map(
    ([name, value]) => `<input type="hidden" name="${name}" value="${escaped(value)}">`,
  );
  return `<!doctype html><body onload="document.forms[0].submit()"><form method="post" action="${escaped(action)}">${inputs.join('')}</form></body>`;
}

/** Where a person types a name and a password; it goes to the page's own address. */
export function signInPage(title: string, told = ''): string {
  return `<!doctype html><html lang="en"><head><title>${escaped(title)}</title></head><body><h1>${escaped(title)}</h1>
<p role="alert">${escaped(told)}</p>
<form method="post"><input type="email" name="username" autofocus><input type="password" name="password"><button type="submit">Sign in</button></form>
</body></html>`;
}

/** What a browser needs scripts for: no form at all. */
export const scriptOnlyPage = `<!DOCTYPE html><html><head><title>Sign In</title>
<script src="/assets/js/sdk/okta-signin-widget/okta-sign-in.min.js"></script></head>
<body><div id="signin-container"></div><noscript>JavaScript is required</noscript>
<script>var config = {"baseUrl":"https://example.test"}; new OktaSignIn(config);</script></body></html>`;
