/**
 * PingFederate as a program sees it: startSSO.ping, the HTML Form Adapter's page, a session in the cookie `PF` without
 * which it says that the page has expired. Shape: `html.form.login.template.html` of its documentation.
 */
import { randomUUID } from 'node:crypto';
import type { Answer, Answering } from '../https-server.js';
import { escaped, postingPage, type Person } from './people.js';

export interface PingOptions extends Person {
  readonly samlResponse: () => string | Promise<string>;
  /** Default `urn:amazon:webservices`. */
  readonly partner?: string;
  /** `two passwords`: a page that asks for a PIN as well; `email`: a template that calls the user field otherwise. */
  readonly mode?: 'forms' | 'two passwords' | 'email' | 'no user' | 'mfa';
}

export function fakePing(options: PingOptions): Answering {
  const { partner = 'urn:amazon:webservices', mode = 'forms' } = options;
  /** What each session waits for. */
  const resumed = new Map<string, string>();

  return async (request): Promise<Answer> => {
    if (request.method === 'GET' && request.path === '/idp/startSSO.ping') {
      if (request.query.get('PartnerSpId') !== partner)
        return {
          status: 400,
          body: messagePage('Unexpected System Error', 'Unknown partner: contact your system administrator.'),
        };
      const [session, step] = [randomUUID(), randomUUID().slice(0, 5)];
      resumed.set(session, step);
      return {
        headers: { 'set-cookie': `PF=${session}; Path=/; Secure; HttpOnly; SameSite=None` },
        body: page(step, mode),
      };
    }
    const step = /^\/idp\/([^/]+)\/resumeSAML20\/idp\/startSSO\.ping$/.exec(request.path)?.[1];
    if (request.method !== 'POST' || step === undefined)
      return { status: 404, body: messagePage('Not found', '') };
    if (resumed.get(request.cookies.get('PF') ?? '') !== step)
      return { body: messagePage('Page Expired', 'This page has expired. Please restart your sign-on.') };
    const user = mode === 'email' ? 'subject.email' : 'pf.username';
    for (const name of [user, 'pf.pass', 'pf.ok', 'pf.cancel', 'pf.adapterId'])
      if (request.form.getAll(name).length !== 1)
        return { status: 400, body: messagePage('Bad request', name) };
    if (request.form.get('pf.cancel') !== '') return { body: messagePage('Cancelled', '') };
    if (request.form.get(user) !== options.user || request.form.get('pf.pass') !== options.password)
      return {
        body: page(step, mode, "We didn't recognize the username or password you entered. Please try again."),
      };
    if (mode === 'mfa')
      return {
        body: '<form method="POST" action="/idp/otp"><input type="text" name="pf.otp"/><input type="hidden" name="pf.ok"/></form>',
      };
    resumed.delete(request.cookies.get('PF') ?? '');
    return { body: postingPage(await options.samlResponse()) };
  };
}

function page(step: string, mode: PingOptions['mode'], told = ''): string {
  const user =
    mode === 'no user'
      ? '<input id="domain" type="text" name="first"/><input id="other" type="text" name="second"/>'
      : mode === 'email'
        ? '<input type="text" name="realm" value="corp"/><input id="identifier" type="text" name="subject.email" value=""/>'
        : '<input id="username" type="text" size="36" name="pf.username" value="" autocorrect="off" autocapitalize="off"/>';
  return `<!DOCTYPE html><html lang="en"><head><base target="_self"/><title>Sign On</title></head><body onload="setFocus();">
<form method="POST" action="/idp/${step}/resumeSAML20/idp/startSSO.ping" autocomplete="off">
<div class="ping-messages">${told === '' ? '' : `<div class="ping-error">${escaped(told)}</div>`}</div>
<div class="ping-input-container">${user}</div>
<div class="ping-input-container password-container"><input id="password" type="password" size="36" name="pf.pass" onkeypress="return postOnReturn(event);" /></div>
${mode === 'two passwords' ? '<input type="password" name="pf.pass2"/>' : ''}
<input type="checkbox" id="rememberUsername" name="pf.rememberUsername" />
<div class="ping-buttons"><input type="hidden" name="pf.ok" value="" /><input type="hidden" name="pf.cancel" value="" />
<a onclick="postOk();" class="ping-button normal allow" title="Sign On">Sign On</a></div>
<input type="hidden" name="pf.adapterId" id="pf.adapterId" value="HTMLForm&quot;Adapter&amp;1" /></form>
<script type="text/javascript">function postOk() { document.forms[0]['pf.ok'].value = 'clicked'; document.forms[0].submit(); }</script></body></html>`;
}

const messagePage = (title: string, text: string): string =>
  `<html><head><title>${title}</title></head><body><div class="ping-container error"><div class="ping-header">${title}</div><p>${escaped(text)}</p></div></body></html>`;
