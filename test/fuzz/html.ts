/**
 * Target `html`: pages of an identity provider, whole and mangled. Of a whole page exactly the fields are read that a
 * browser would have, form by form, and none that hides where HTML has no elements; whatever comes, a form is sent to
 * the allowed host over https or not at all, and errors repeat nothing of the page.
 */
import { postTarget, readPage } from '../../src/auth/html-forms.js';
import { AuthenticationError } from '../../src/errors.js';
import { hold, type Target } from './engine.js';
import { mangleBytes } from './mangle.js';
import type { Random } from './random.js';
import { smallerBytes, smallerMember } from './shrink.js';

interface HtmlInput {
  readonly html: Uint8Array;
  /** Of a page that is whole: the names of the fields of each form, those of no form first; and where the forms go. */
  readonly whole: { readonly names: readonly (readonly string[])[]; readonly safe: boolean } | undefined;
}

const page = 'https://idp.test/adfs/ls/page';
const host = 'idp.test';
const secret = 'Qz7319Xk';
const evil = `<form action=/evil><input name=evil type=password value=${secret}></form>`;

/** Places in which what looks like a form is none. */
const hidden = [
  `<!-- ${evil} -->`,
  `<template>${evil}</template>`,
  `<script>document.write('${evil}')</script>`,
  `<style>/* ${evil} */</style>`,
  `<iframe>${evil}</iframe>`,
  `<xmp>${evil}</xmp>`,
  `<noembed>${evil}</noembed>`,
  `<div title="${evil}"></div>`,
  `<svg>${evil}</svg>`,
  `<svg><g>${evil}</g></svg>`,
  `<math>${evil}</math>`,
  `<title>${evil}</title>`,
  `<![CDATA[<input name=evil>`,
  `<?php <input name=evil>`,
  `<!doctype "<input name=evil>`,
  `<a href='${evil}'></a>`,
] as const;
const around = [
  ['<div>', '</div>'],
  ['<noscript>', '</noscript>'],
  ['<table><tr><td>', '</td></tr></table>'],
  ['<fieldset>', '</fieldset>'],
  ['<p>', '</p>'],
  ['<b>', '</b>'],
  ['<svg><foreignObject>', '</foreignObject></svg>'],
  ['', ''],
] as const;
const actions: readonly (readonly [text: string, safe: boolean])[] = [
  ['/adfs/ls/', true],
  ['', true],
  ['?a=b', true],
  ['https://idp.test:8443/x', true],
  ['//idp.test/x', true],
  ['https://user:word@idp.test/x', true],
  ['ht&#9;tps://idp.test/', true],
  ['http://idp.test/x', false],
  ['//evil.test/', false],
  ['https:\\\\evil.test\\', false],
  ['https://idp.test@evil.test/', false],
  ['https://idp.test.evil.test/', false],
  ['javascript:alert(1)', false],
  ['data:text/html,x', false],
  ['file:///etc/passwd', false],
  ['https://169.254.169.254/latest/', false],
];
const pieces = [
  ...['<', '>', '</', '/>', '"', "'", '=', '&', ';', '<!--', '-->', '--!>', '<![CDATA[', ']]>', '\0'],
  ...['<form>', '</form>', '<form action=//evil.test>', '<base href=//evil.test/>', '<table>', '</table>'],
  ...['<template>', '</template>', '<svg>', '</svg>', '<math>', '<select>', '<textarea>', '<plaintext>'],
  ...['<script>', '</script>', '<title>', '<frameset>', '<body>', '<input form=f>', '&#x2f;', '&colon;'],
];

function generate(random: Random): HtmlInput {
  let count = 0;
  const names: string[][] = [[]];
  const fieldsOf = (list: string[]): string => {
    let text = '';
    for (let left = random.few(4); left > 0; left--) {
      if (random.oneIn(4)) {
        // A comment with no end would hide the rest of the page; those of `hidden` end.
        text += random.pick(hidden);
        continue;
      }
      const name = `f${String(count++)}`;
      list.push(name);
      const type = random.pick(['text', 'password', 'hidden', 'TEXT', 'email']);
      const [before, behind] = random.pick(around);
      text += `${before}<input type=${type} name="${name}" value="${secret}">${behind}`;
    }
    return text;
  };
  const [action, safe] = random.pick(actions);
  let html = random.pick(['', '<!doctype html>', '<html><head></head><body>']);
  for (let left = 1 + random.few(3); left > 0; left--) {
    html += fieldsOf(names[0]!);
    const own: string[] = [];
    const [before, behind] = random.pick(around.filter(([start]) => !/table|noscript|<p>/.test(start)));
    html += `${before}<form method=post action="${action}">${fieldsOf(own)}</form>${behind}`;
    names.push(own);
  }
  if (random.oneIn(3)) return { html: Buffer.from(html), whole: { names, safe } };
  return { html: mangleBytes(random, Buffer.from(html), pieces), whole: undefined };
}

async function check({ html, whole }: HtmlInput): Promise<void> {
  const body = Buffer.from(html).toString('utf8');
  try {
    const read = await readPage({ url: page, body }, 'Fuzz');
    if (whole !== undefined) {
      const found = [read.loose, ...read.forms.map((form) => form.fields)];
      const names = found.map((fields) => fields.map(({ name }) => name).filter((name) => name !== ''));
      hold(JSON.stringify(names) === JSON.stringify(whole.names), () => `Fields ${JSON.stringify(names)}`);
    }
    for (const form of read.forms) {
      let target: URL | undefined;
      try {
        target = new URL(postTarget(read, form, [host], 'Fuzz'));
      } catch (error) {
        if (!(error instanceof AuthenticationError)) throw error;
        hold(!error.message.includes(secret), () => 'The error repeats the page');
      }
      if (whole !== undefined)
        hold((target !== undefined) === whole.safe, () => `Sent to ${String(target?.href)}`);
      hold(
        target === undefined ||
          (target.protocol === 'https:' && target.hostname === host && target.username === ''),
        () => `A password would go to ${String(target?.href)}`,
      );
    }
  } catch (error) {
    if (!(error instanceof AuthenticationError)) throw error;
    hold(whole === undefined, () => `A whole page was refused: ${error.message}`);
    hold(!error.message.includes(secret), () => 'The error repeats the page');
  }
}

export const html: Target<HtmlInput> = {
  name: 'html',
  about: 'login pages, whole and mangled: the fields that a browser has, and no form to another host',
  needs: 'nothing',
  open: () =>
    Promise.resolve({
      generate,
      check,
      smaller: (input) => (input.whole === undefined ? smallerMember(input, 'html', smallerBytes) : []),
    }),
};
