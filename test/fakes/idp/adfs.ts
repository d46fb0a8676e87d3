/**
 * Microsoft AD FS as a program sees it: IdpInitiatedSignOn.aspx, its form with the second one (`options`) of empty hidden
 * fields, MSISAuth cookie and redirect after a good login. Shape: the page of AD FS 2016 and 2019 ("AD FS sign-in pages"
 * of Microsoft Learn), as the public drivers and their issues show it.
 */
import { randomUUID } from 'node:crypto';
import type { Answer, Answering, SeenRequest } from '../https-server.js';
import { escaped, postingPage, scriptOnlyPage, type Person } from './people.js';

export interface AdfsOptions extends Person {
  readonly samlResponse: () => string | Promise<string>;
  /** Default `urn:amazon:webservices`. */
  readonly relyingParty?: string;
  /** `windows`: asks for integrated authentication; `mfa`: a second factor after the password. */
  readonly mode?: 'forms' | 'windows' | 'mfa' | 'password expired' | 'script' | 'realms';
}

const start = '/adfs/ls/idpinitiatedsignon.aspx';

export function fakeAdfs(options: AdfsOptions): Answering {
  const { relyingParty = 'urn:amazon:webservices', mode = 'forms' } = options;
  const sessions = new Set<string>();

  const form = (request: SeenRequest, told = ''): Answer => ({
    headers: { 'set-cookie': ['MSISSamlRequest=x; path=/adfs; HttpOnly; Secure'] },
    body: loginPage(actionOf(request), told),
  });

  return async (request): Promise<Answer> => {
    if (request.path.toLowerCase() !== start)
      return { status: 404, body: errorPage('The resource was not found.') };
    if (mode === 'windows')
      return { status: 401, headers: { 'www-authenticate': ['Negotiate', 'NTLM'] }, body: 'Unauthorized' };
    if (mode === 'script') return { body: scriptOnlyPage };
    if (mode === 'realms') return { body: realmsPage(actionOf(request)) };
    if (request.query.get('loginToRp') !== relyingParty)
      return { body: errorPage('An error occurred. Contact your administrator for more information.') };

    const session = request.cookies.get('MSISAuth');
    if (request.method === 'GET')
      return session !== undefined && sessions.has(session)
        ? { body: postingPage(await options.samlResponse()) }
        : form(request);

    // ASP.NET joins fields of one name with a comma, so a second, empty AuthMethod spoils the first.
    const field = (name: string): string => request.form.getAll(name).join(',');
    if (field('AuthMethod') !== 'FormsAuthentication') return form(request);
    if (!/^[^@\\]+(@|\\)[^@\\]+$/.test(field('UserName')))
      return form(request, 'Enter your user ID in the format "domain\\user" or "user@domain".');
    if (field('UserName') !== options.user || field('Password') !== options.password)
      return form(
        request,
        'Incorrect user ID or password. Type the correct user ID and password, and try again.',
      );
    if (mode === 'mfa') return { body: secondFactorPage(actionOf(request)) };
    if (mode === 'password expired') return { body: newPasswordPage(actionOf(request)) };

    const id = randomUUID();
    sessions.add(id);
    return {
      status: 302,
      headers: {
        location: actionOf(request),
        'set-cookie': [
          `MSISAuth=${id}; path=/adfs; HttpOnly; Secure; SameSite=None`,
          'MSISAuthenticated=MTEvMjEvMjAyNg==; path=/adfs; HttpOnly; Secure',
          'MSISLoopDetectionCookie=MjAyNi0xMS0yMTox; path=/adfs; HttpOnly; Secure',
        ],
      },
    };
  };
}

const actionOf = (request: SeenRequest): string =>
  `/adfs/ls/IdpInitiatedSignOn.aspx?loginToRp=${encodeURIComponent(request.query.get('loginToRp') ?? '')}&client-request-id=7c1a&pullStatus=0`;

const loginPage = (action: string, told: string): string => `<!DOCTYPE html>
<html lang="en-US"><head><title>Sign In</title>
<script type="text/javascript">function LoginErrors(){this.userNameFormatError = 'Enter your user ID';}</script></head>
<body dir="ltr" class="body"><noscript><div id="noScript">JavaScript required</div></noscript>
<div id="authArea" class="groupMargin"><div id="loginArea">
<form method="post" id="loginForm" autocomplete="off" novalidate="novalidate" action="${escaped(action)}" >
  <div id="error" class="fieldMargin error smallText"><span id="errorText" for="">${escaped(told)}</span></div>
  <div id="formsAuthenticationArea"><div id="userNameArea">
    <input id="userNameInput" name="UserName" type="email" value="" tabindex="1" class="text fullWidth" spellcheck="false" />
  </div><div id="passwordArea">
    <input id="passwordInput" name="Password" type="password" tabindex="2" class="text fullWidth" autocomplete="off"/>
  </div><div id="kmsiArea" style="display:none">
    <input type="checkbox" name="Kmsi" id="kmsiInput" value="true" tabindex="3" /><label for="kmsiInput">Keep me signed in</label>
  </div><div id="submissionArea"><span id="submitButton" class="submit" tabindex="4">Sign in</span></div></div>
  <input id="optionForms" type="hidden" name="AuthMethod" value="FormsAuthentication"/>
</form></div>
<div id="authOptions"><form id="options" method="post" action="${escaped(action)}">
  <script type="text/javascript">function SelectOption(option) { document.forms['options'].submit(); }</script>
  <input id="optionSelection" type="hidden" name="AuthMethod" />
  <input id="userNameInputOptionsHolder" name="UserName" value="" type="hidden"/>
</form></div></div></body></html>`;

const errorPage = (text: string): string =>
  `<html><head><title>Error</title></head><body><div id="errorArea"><div id="openingMessage">An error occurred</div>
<p id="errorMessage">${escaped(text)}</p></div></body></html>`;

/** Home realm discovery. */
const realmsPage = (
  action: string,
): string => `<html><body><form id="hrd" method="post" action="${escaped(action)}">
<input id="hrdSelection" type="hidden" name="HomeRealmSelection"/><input id="emailInput" type="email" name="Email"/></form></body></html>`;

const secondFactorPage = (
  action: string,
): string => `<html><body><form id="loginForm" method="post" action="${escaped(action)}">
<input id="authMethod" type="hidden" name="AuthMethod" value="AzureMfaAuthentication"/><input id="context" type="hidden" name="Context" value="c"/>
<input id="verificationCode" type="text" name="VerificationCode"/></form></body></html>`;

const newPasswordPage = (
  action: string,
): string => `<html><body><form id="updatePasswordForm" method="post" action="${escaped(action)}">
<input name="UserName" type="email"/><input name="OldPassword" type="password"/><input name="NewPassword" type="password"/>
<input name="ConfirmNewPassword" type="password"/></form></body></html>`;
