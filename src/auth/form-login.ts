/**
 * Logging in by filling in the login page of an identity provider, as a browser would without running its scripts.
 * The password goes to the host that the user named and nowhere else.
 */
import type { HttpResponse } from '../aws/http.js';
import type { AuthenticationError } from '../errors.js';
import { isTextField, postTarget, type HtmlPage, type PageField, type PageForm } from './html-forms.js';
import { browserPlugin, idpOrigin, IdpConversation, needed, neededSecret } from './idp-conversation.js';
import type { ProviderContext } from './provider.js';

export interface FormLogin {
  /** As people call it, for errors: `AD FS`. */
  readonly provider: string;
  /** Path and query of the page that starts the login. */
  readonly start: string;
  /** Which option decides on that path, for the error of an address that is not there. */
  readonly startOption: string;
  /** What to look at when user or password are refused. */
  readonly refused: string;
}

/** The base64 SAML response that the identity provider gives for user and password. */
export async function logInByForm(login: FormLogin, context: ProviderContext): Promise<string> {
  const origin = idpOrigin(context);
  const user = needed(context, 'user');
  const password = await neededSecret(context, 'password');
  const idp = new IdpConversation(context, login.provider);
  idp.hide(password);

  const first = await idp.get(new URL(login.start, origin).href);
  if (first.status >= 400) throw startRefused(idp, first, login);
  const page = await idp.page(first);
  const form = loginForm(idp, page, login);
  const target = postTarget(page, form.form, [origin.hostname], context.plugin);

  const answer = await idp.post(target, filledIn(form, user, password));
  const result = await idp.page(answer);
  const response = idp.samlResponseOn(result);
  if (response === undefined) throw noResponse(idp, answer, result, login);
  return response;
}

interface LoginForm {
  readonly form: PageForm;
  readonly user: PageField;
  readonly password: PageField;
}

/** The form that holds the password field; AD FS has a second one with empty hidden fields of the same names. */
function loginForm(idp: IdpConversation, page: HtmlPage, { startOption }: FormLogin): LoginForm {
  const forms = page.forms.filter((form) => passwordFields(form).length > 0);
  for (const form of forms) {
    const user = userField(form);
    const [password, second] = passwordFields(form);
    if (user !== undefined && password !== undefined && second === undefined) return { form, user, password };
  }
  const [form] = forms;
  if (form !== undefined && passwordFields(form).length > 1)
    throw idp.failure(
      'showed a login form with two password fields',
      `${browserPlugin}, to see what it asks for`,
    );
  if (form !== undefined)
    throw idp.failure('showed a login form without a field for the user name', browserPlugin);
  if (page.loose.some((field) => field.type === 'password') || (page.scripted && page.forms.length === 0))
    throw idp.failure(
      `showed a page that needs JavaScript${idp.told(page)}`,
      `such a page cannot be filled in by a program; ${browserPlugin}`,
    );
  throw idp.failure(
    `showed a page without a password field${idp.told(page)}`,
    `check ${startOption}; if it asks for an organization or a second step first, ${browserPlugin}`,
  );
}

/** Hidden ones (`display: none` is not known here) are no problem: two that could be meant are an error. */
function passwordFields(form: PageForm): PageField[] {
  const typed = form.fields.filter((field) => field.type === 'password' && field.name !== '');
  const named = typed.filter((field) => /pass/i.test(field.name));
  if (named.length > 0) return named;
  if (typed.length > 0) return typed;
  // A page that shows what is typed.
  return form.fields.filter((field) => isTextField(field) && /passw/i.test(field.name));
}

/** Names of the drivers' lists: `UserName` (AD FS), `username` and `pf.username` (PingFederate), then what looks like one. */
function userField(form: PageForm): PageField | undefined {
  const named = form.fields.filter((field) => field.name !== '' && !/passw/i.test(field.name));
  const visible = named.filter(isTextField);
  const calls = (field: PageField, word: RegExp): boolean => word.test(field.name) || word.test(field.id);
  return (
    visible.find((field) => calls(field, /^(pf\.)?username$/i)) ??
    visible.find((field) => calls(field, /username/i)) ??
    visible.find((field) => calls(field, /user|email/i)) ??
    // Filled in already, and shown as text only.
    named.find((field) => field.type === 'hidden' && /username/i.test(field.name)) ??
    (visible.length === 1 ? visible[0] : undefined)
  );
}

function filledIn(login: LoginForm, user: string, password: string): URLSearchParams {
  const body = new URLSearchParams();
  for (const field of login.form.fields) {
    if (field === login.user) body.append(field.name, user);
    else if (field === login.password) body.append(field.name, password);
    else if (field.sent) body.append(field.name, field.value);
  }
  return body;
}

function startRefused(idp: IdpConversation, response: HttpResponse, login: FormLogin): AuthenticationError {
  const status = `answered its login page with HTTP ${String(response.status)}`;
  const offered = [response.headers['www-authenticate'] ?? []].flat().join(', ');
  if (response.status === 401 && /negotiate|ntlm/i.test(offered))
    return idp.failure(
      `${status} and asks for Windows integrated authentication`,
      `only its login form is supported; have forms authentication enabled for this network, or ${browserPlugin}`,
    );
  return idp.failure(status, statusHint(response.status, `check idpHost, idpPort and ${login.startOption}`));
}

/** The answer to the form, where it is not what was wanted. */
function noResponse(
  idp: IdpConversation,
  response: HttpResponse,
  page: HtmlPage,
  login: FormLogin,
): AuthenticationError {
  const passwords = Math.max(0, ...page.forms.map((form) => passwordFields(form).length));
  const told = idp.told(page);
  if (passwords > 1)
    return idp.failure(
      `wants a new password to be chosen${told}`,
      'log in with a browser once and change the password',
    );
  if (passwords === 1)
    return idp.failure(
      `showed its login page again, so user name or password are wrong${told}`,
      login.refused,
    );
  if (response.status >= 400)
    return idp.failure(
      `answered the login form with HTTP ${String(response.status)}${told}`,
      statusHint(response.status, 'check user and password, and whether this user may use the application'),
    );
  if (page.forms.some((form) => form.fields.some((field) => field.name !== '' && field.type !== 'hidden')))
    return idp.failure(`asks for more than a password (a second factor, a consent)${told}`, browserPlugin);
  return idp.failure(
    `answered the login form with a page without SAMLResponse${told}`,
    page.scripted
      ? `the page needs JavaScript, which a program cannot run; ${browserPlugin}`
      : 'check that Amazon Redshift or AWS is set up as an application for this user',
  );
}

export function statusHint(status: number, otherwise: string): string {
  if (status === 429) return 'too many logins in a short time: wait, and share one pool';
  if (status >= 500) return 'the identity provider has a problem of its own: try again later';
  return otherwise;
}
