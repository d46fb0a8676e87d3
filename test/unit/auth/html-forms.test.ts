import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { postTarget, readPage, type HtmlPage } from '../../../src/auth/html-forms.js';
import { AuthenticationError } from '../../../src/errors.js';

const url = 'https://idp.test/adfs/ls/page.aspx?a=1';
const read = (body: string, at = url): Promise<HtmlPage> => readPage({ url: at, body }, 'Plugin');
const names = (page: HtmlPage): string[][] => page.forms.map((form) => form.fields.map(({ name }) => name));

async function sent(body: string): Promise<[string, string][]> {
  const page = await read(`<form>${body}</form>`);
  return page.forms[0]!.fields.filter((field) => field.sent).map(({ name, value }) => [name, value]);
}

describe('fields of a form', () => {
  it('are those of their own form, in document order, and not those of the form beside it', async () => {
    const page = await read(
      `<form action="/a"><input name=UserName><input type=password name=Password></form>
       <form action="/b"><input type=hidden name=UserName><input type=hidden name=AuthMethod></form>`,
    );
    expect(names(page)).toEqual([
      ['UserName', 'Password'],
      ['UserName', 'AuthMethod'],
    ]);
    expect(page.forms.map(({ action }) => action)).toEqual(['/a', '/b']);
  });

  it('belong to the outer form where forms are nested: HTML knows no form within a form', async () => {
    const page = await read(
      '<form action="/outer"><input name=a><form action="https://evil.test/"><input type=password name=p></form><input name=b></form>',
    );
    expect(page.forms.map(({ action }) => action)).toEqual(['/outer']);
    expect(names(page)).toEqual([['a', 'p']]);
    // The inner end tag closed the outer form.
    expect(page.loose.map(({ name }) => name)).toEqual(['b']);
  });

  it('belong to the form that was open where a table pushes the form aside', async () => {
    const page = await read(
      '<table><form action="/t"><tr><td><input name=user></td></tr><tr><td><input type=password name=pass></td></tr></form></table>',
    );
    expect(names(page)).toEqual([['user', 'pass']]);
  });

  it('belong to the form that they name, wherever they stand', async () => {
    const page = await read(
      '<form id=one><input name=a><input name=c form=two></form><form id=two></form><input name=b form=one><input name=d form=none>',
    );
    expect(names(page)).toEqual([['a', 'b'], ['c']]);
    expect(page.loose.map(({ name }) => name)).toEqual(['d']);
  });

  it('come out with every entity read', async () => {
    expect(
      await sent(
        `<input name="pf.ok" value="a&#x2b;b&#x3d;&quot;&amp;&lt;&eacute;&notanentity;&#0;&#128;&colon;">`,
      ),
    ).toEqual([['pf.ok', 'a+b="&<é&notanentity;\ufffd€:']]);
  });

  it('are sent as a browser sends them: checked boxes, the first button, the chosen option, nothing disabled', async () => {
    expect(
      await sent(
        `<input type=checkbox name=Kmsi value=true><input type=checkbox name=agreed checked><input type=RADIO name=r value=1><input type=radio name=r value=2 checked>
         <input type=reset name=x1 value=x><input type=button name=x2 value=x><input type=image name=x3><input type=file name=x4>
         <input type=submit name=second value=no><input name=off value=1 disabled><fieldset disabled><input name=off2 value=1></fieldset>
         <input value=nameless><select name=domain><option value=A>a<option selected>B b</select><select name=empty></select>
         <textarea name=t>\nx &amp; y</textarea><input type=weird name=w value=v>`,
      ),
    ).toEqual([
      ['agreed', 'on'],
      ['r', '2'],
      ['domain', 'B b'],
      ['t', 'x & y'],
      ['w', 'v'],
    ]);
    // The button of AD FS 2.0, without which ASP.NET sees no click.
    expect(
      await sent(
        '<input type=submit name="ctl00$SubmitButton" value="Sign In"><button name=b value=2>Other</button>',
      ),
    ).toEqual([['ctl00$SubmitButton', 'Sign In']]);
  });

  it('of templates, comments, scripts and attributes are none', async () => {
    const page = await read(
      `<form><!-- <input name=a> --><script>"<input name=b>"</script><template><input name=c></template>
       <div title="<input name=d>"></div><textarea><input name=e></textarea><style><input name=f></style><input name=real></form>`,
    );
    expect(names(page)).toEqual([['', 'real']]);
    expect(page.scripted).toBe(true);
  });

  it('of pictures and formulas are none: a browser knows only those of HTML', async () => {
    const page = await read(
      `<svg><form action="/evil"><input name=a type=password></form><base href="//evil.test/"></svg><math><form><input name=b></form></math>
       <form><svg><g><input name=c></g><foreignObject><input name=real></foreignObject></svg></form>`,
    );
    expect(names(page)).toEqual([['real']]);
    expect(page.loose).toEqual([]);
    expect(page.base).toBeUndefined();
  });

  it('in noscript count, since no script runs', async () => {
    expect(await sent('<noscript><input name=SAMLResponse value=x></noscript>')).toEqual([
      ['SAMLResponse', 'x'],
    ]);
  });
});

describe('the notice of a page', () => {
  it('is the text that it marks as an error, in one line', async () => {
    const notice = async (body: string): Promise<string | undefined> => (await read(body)).notice;
    expect(await notice('<span id="errorText">Incorrect user ID\n or   <b>password</b>.</span>')).toBe(
      'Incorrect user ID or password.',
    );
    expect(await notice('<div class="ping-error">No.</div>')).toBe('No.');
    expect(await notice('<div role=alert>No.<script>x()</script></div>')).toBe('No.');
    expect(await notice('<div class=error></div><p id=errorText hidden>x</p><p class=error>No.</p>')).toBe(
      'No.',
    );
    expect(await notice('<body class=error><p>Hello</p></body>')).toBeUndefined();
    expect(await notice('<p class=error>a\u202eb\u0007c\u2028d</p>')).toBe('a b c d');
    expect(await notice(`<p class=error>${'long '.repeat(500)}</p>`)).toBeUndefined();
  });
});

describe('where a login form goes', () => {
  const target = async (action: string | undefined, more = '', at = url): Promise<string> => {
    const page = await read(`${more}<form${action === undefined ? '' : ` action="${action}"`}></form>`, at);
    return postTarget(page, page.forms[0]!, ['idp.test'], 'Plugin');
  };

  it('is its action, resolved as a browser does it', async () => {
    expect(await target('/adfs/ls/?b=2&amp;c=3')).toBe('https://idp.test/adfs/ls/?b=2&c=3');
    expect(await target('other.aspx?x')).toBe('https://idp.test/adfs/ls/other.aspx?x');
    expect(await target('?x=1')).toBe('https://idp.test/adfs/ls/page.aspx?x=1');
    expect(await target(undefined)).toBe(url);
    expect(await target('  ')).toBe(url);
    expect(await target('https://idp.test/absolute')).toBe('https://idp.test/absolute');
    expect(await target('https://IDP.test:443/absolute#part')).toBe('https://idp.test/absolute');
    expect(await target('//idp.test/x')).toBe('https://idp.test/x');
    expect(await target('/x', '', 'https://idp.test:8443/page')).toBe('https://idp.test:8443/x');
    expect(await target('x', '<base href="/b/">')).toBe('https://idp.test/b/x');
    expect(await target('', '<base href="https://evil.test/">')).toBe(url);
    expect(await target('https://name:word@idp.test/x')).toBe('https://idp.test/x');
  });

  it.each([
    ['another host', 'https://evil.test/adfs/ls', 'another host, evil.test'],
    ['another host without a scheme', '//evil.test/adfs/ls', 'another host, evil.test'],
    ['a host whose name begins alike', 'https://idp.test.evil.test/', 'another host, idp.test.evil.test'],
    ['a host behind a user name', 'https://idp.test@evil.test/', 'another host, evil.test'],
    ['a backslash', 'https:\\\\evil.test\\x', 'another host, evil.test'],
    ['a tab in the scheme', 'ht&#9;tps://evil.test/', 'another host, evil.test'],
    ['plain http', 'http://idp.test/adfs/ls', 'http: address, and only https is safe'],
    ['a script', 'javascript:alert(1)', 'javascript: address, and only https is safe'],
    ['a data address', 'data:text/html,x', 'data: address, and only https is safe'],
    ['a file', 'file:///etc/passwd', 'file: address, and only https is safe'],
    ['mail', 'mailto:a@idp.test', 'mailto: address, and only https is safe'],
    ['nonsense', 'https://[', 'is no address'],
  ])('is refused for %s', async (_, action, words) => {
    await expect(target(action)).rejects.toThrow(AuthenticationError);
    await expect(target(action)).rejects.toThrow(words);
    await expect(target(action)).rejects.toThrow('the password was not sent');
  });

  it('is refused where the base of the page leads to another host', async () => {
    await expect(target('/x', '<base href="https://evil.test/">')).rejects.toThrow('another host, evil.test');
    await expect(target('/x', '<base href="http://idp.test/">')).rejects.toThrow('http: address');
  });

  it('is refused where the page itself came from another host', async () => {
    await expect(target('/x', '', 'https://elsewhere.test/login')).rejects.toMatchObject({
      plugin: 'Plugin',
      stage: 'identity provider',
      hint: 'if that is your identity provider, set idpHost to it; else use BrowserSamlCredentialsProvider',
    });
  });
});

describe('a hostile page', () => {
  const huge = 'more than any login page';
  it.each([
    ['of three million characters', 'x'.repeat(3_000_000)],
    ['nested a thousand deep', '<div>'.repeat(1000)],
    ['nested without an end', '<div>'.repeat(400_000)],
    ['of 30,000 elements', '<p>'.repeat(30_000)],
    ['of 30,000 comments', '<!---->'.repeat(30_000)],
    ['of formatting that multiplies', '<b x=1><i><u>'.repeat(200) + '<p>x'.repeat(3000)],
    ['of tables in tables', '<table><tr><td>'.repeat(2000)],
    ['of forms in tables', '<table><form></table>'.repeat(30_000)],
  ])('%s is refused', async (_, body) => {
    await expect(read(body)).rejects.toThrow(AuthenticationError);
    await expect(read(body)).rejects.toThrow(huge);
  });

  it('with one tag of 100,000 attributes is read', async () => {
    const attributes = Array.from({ length: 100_000 }, (_, at) => `a${String(at)}=1`).join(' ');
    const page = await read(`<form ${attributes} action="/x"><input name=a></form>`);
    expect(names(page)).toEqual([['a']]);
  });

  it('with a value of a million characters is read', async () => {
    const value = 'A'.repeat(1_000_000);
    const page = await read(`<form><input name=SAMLResponse value="${value}"></form>`);
    expect(page.forms[0]?.fields[0]?.value).toBe(value);
  });

  it('that is cut off anywhere is read without an exception, and never gains a form', async () => {
    const whole = `<html><base href="/b/"><body><form action="/x" id=f><input name="u&amp;" value='1'><table><form action=//evil.test/><tr><td><select name=s><option>1</select>
      <input type=password name=p></table></form><input form=f name=late></body></html>`;
    for (let length = 0; length <= whole.length; length++)
      expect((await read(whole.slice(0, length))).forms.length).toBeLessThanOrEqual(1);
  });

  it('of random pieces is read, and each field is counted once', async () => {
    const piece = fc.constantFrom(
      ...[
        '<form>',
        '</form>',
        '<form id=a>',
        '<input name=i>',
        '<input name=i form=a>',
        '<table>',
        '</table>',
        '<tr>',
        '<td>',
        '<template>',
      ],
      ...[
        '</template>',
        '<select name=s>',
        '</select>',
        '<textarea name=t>',
        '</textarea>',
        '<b>',
        '</b>',
        '<p>',
        '</div>',
        '<div>',
        '<svg>',
        '<math>',
      ],
      ...[
        '<noscript>',
        '</noscript>',
        '<!--',
        '-->',
        '<script>',
        '</script>',
        '"',
        '<button name=b>',
        '<option>',
        '<frameset>',
        'text',
        '&#x3c;',
      ],
    );
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 40 }), async (pieces) => {
        const html = pieces.map((each, at) => each.replace('name=i', `name=i value=${String(at)}`)).join('');
        const page = await read(html);
        const fields = [...page.forms.flatMap((form) => form.fields), ...page.loose];
        const values = fields.filter(({ name }) => name === 'i').map(({ value }) => value);
        expect(new Set(values).size).toBe(values.length);
      }),
      { numRuns: 300 },
    );
  });
});
