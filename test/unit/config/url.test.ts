import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Config } from '../../../src/config/config.js';
import { parseConfig } from '../../../src/config/parse.js';

/** What a URL says, in one line. */
function told(url: string): string {
  const config: Config = parseConfig(url);
  const { address, login, tls } = config;
  const password = login.kind === 'password' ? login.password?.reveal() : '';
  const place =
    address.kind === 'tcp'
      ? `${address.host} ${address.port}`
      : address.kind === 'unix'
        ? address.path
        : 'AWS';
  return [
    config.protocol,
    login.user,
    password === undefined ? '-' : `"${String(password)}"`,
    place,
    config.database,
    tls.kind,
  ].join(' ');
}

describe('plain URLs', () => {
  it.each([
    ['redshift://u:p@h:1234/dev', 'redshift u "p" h 1234 dev on'],
    ['REDSHIFT://u:p@h/dev', 'redshift u "p" h 5439 dev on'],
    ['  redshift://u:p@h/dev\n', 'redshift u "p" h 5439 dev on'],
    ['redshift+redshift_connector://u:p@h/dev', 'redshift u "p" h 5439 dev on'],
    ['postgresql://u@h/dev', 'postgresql u - h 5432 dev on'],
    ['postgres://u@h', 'postgresql u - h 5432 u on'],
    ['redshift://u:@h/dev', 'redshift u "" h 5439 dev on'],
    ['redshift://u:%40%2F%3A%25%23%3F%26@h/dev', 'redshift u "@/:%#?&" h 5439 dev on'],
    ['redshift://u:p@ss:w@rd@h/dev', 'redshift u "p@ss:w@rd" h 5439 dev on'],
    ['redshift://u%40corp:p+w@h/dev', 'redshift u@corp "p+w" h 5439 dev on'],
    ['redshift://ü:pä%C3%9F@bücher.example/日本', 'redshift ü "päß" bücher.example 5439 日本 on'],
    ['redshift://u:p@[::1]:99/dev', 'redshift u "p" ::1 99 dev on'],
    ['redshift://u:p@[2001:db8::1]/dev', 'redshift u "p" 2001:db8::1 5439 dev on'],
    ['redshift://u:p@h:/dev', 'redshift u "p" h 5439 dev on'],
    ['redshift://h/dev?user=u@corp.example&password=a%26b', 'redshift u@corp.example "a&b" h 5439 dev on'],
    ['redshift://u:p@h/dev?sslmode=disable', 'redshift u "p" h 5439 dev off'],
    ['redshift://u:p@h/dev?ssl=false&application_name=a%20b', 'redshift u "p" h 5439 dev off'],
    ['redshift://u:p@h/a%2Fb', 'redshift u "p" h 5439 a/b on'],
    ['redshift://u:p@h/a/b', 'redshift u "p" h 5439 a/b on'],
    ['postgresql:///db?host=/var/run&user=u', 'postgresql u - /var/run/.s.PGSQL.5432 db off'],
    ['postgresql://u@%2Fvar%2Frun:6000/db', 'postgresql u - /var/run/.s.PGSQL.6000 db off'],
    ['postgresql://u@/db?unixSock=/tmp/s', 'postgresql u - /tmp/s db off'],
    ['redshift://u:p@h/dev?port=7', 'redshift u "p" h 7 dev on'],
  ])('%s', (url, expected) => {
    expect(told(url)).toBe(expected);
  });

  it.each([
    ['redshift:u@h', 'begins with redshift://'],
    ['mysql://u@h/d', 'begins with redshift://'],
    ['', 'begins with redshift://'],
    ['redshift://u:p@h1,h2/d', 'several hosts'],
    ['redshift://u:p@h:abc/d', 'a port that is no number'],
    ['redshift://u:p@h:99999/d', 'port: must be a whole number'],
    ['redshift://u:p@::1/d', 'IPv6 address stands in brackets'],
    ['redshift://u:p%@h/d', 'the password holds a %'],
    ['redshift://u:p@h/d%ff', 'the database holds a %'],
    ['redshift://u:p/w@h/d', 'cannot be taken apart: write @ as %40, / as %2F'],
    ['redshift://u:p?w@h/d', 'cannot be taken apart'],
    ['redshift://u:p#w@h/d', 'cannot be taken apart'],
    ['redshift://u:p@h/d?host=other', 'host: is given twice'],
    ['redshift://u:p@h/d?autocommit=true&autocommit=false', 'autocommit: is given twice'],
    ['redshift://u:p@h/d?sslMode=require', 'sslMode: is no option; did you mean sslmode?'],
    ['redshift://u:p@h/d?ssl_moode=require', 'url: has a parameter that is no option; did you mean sslmode?'],
    ['redshift://u:p@h/d?application_name=%zz', 'the parameter application_name holds a %'],
    ['redshift://u:p@h/d?autocommit', 'autocommit: must be true or false'],
    ['redshift://u:p@h/d?logger=x', 'logger: must be an object'],
  ])('%s is refused', (url, message) => {
    expect(() => parseConfig(url)).toThrow(message);
  });

  it('give back any user, password and database that was encoded', () => {
    // Graphemes are whole characters: no surrogate stands alone, which no URL could encode.
    const text = fc.string({ unit: 'grapheme', minLength: 1 }).filter((s) => !s.includes('\0'));
    fc.assert(
      fc.property(text, text, text, (user, password, database) => {
        const url = `redshift://${encodeURIComponent(user)}:${encodeURIComponent(password)}@h/${encodeURIComponent(database)}`;
        const config = parseConfig(url);
        expect(config.database).toBe(database);
        expect(config.login.user).toBe(user);
        if (config.login.kind === 'password') expect(config.login.password?.reveal()).toBe(password);
      }),
    );
  });
});

it.each([
  ['jdbc:redshift://h/dev?user=u&password=half;Canary7'],
  ['jdbc:redshift://h/dev?user=u&password=half&Canary7=='],
  ['jdbc:redshift://h/dev?user=u&password=half&Canary7=%zz'],
  ['redshift://u@h/dev?password=half&Canary7'],
  ['redshift://u@h/dev?token=half&maxLifetimCanary7'],
])('half of a secret that nobody escaped is not shown: %s', (url) => {
  let message = '';
  try {
    parseConfig(url);
  } catch (error) {
    message = (error as Error).message;
  }
  expect(message).toMatch(/url: has a parameter that is no option|a parameter holds a %/);
  expect(message).not.toContain('Canary7');
});

describe('JDBC URLs', () => {
  it.each([
    ['jdbc:redshift://h:1234/dev?UID=u&PWD=p', 'redshift u "p" h 1234 dev on'],
    ['JDBC:Redshift://h/dev;uid=u;Pwd=p', 'redshift u "p" h 5439 dev on'],
    ['jdbc:redshift://h/dev?user=u&password=a+b%2B;ssl=false', 'redshift u "a b+" h 5439 dev off'],
    ['jdbc:redshift://h/dev?user=u&SSLMODE=Verify-CA&LogLevel=6', 'redshift u - h 5439 dev on'],
    ['jdbc:redshift://h/?DBNAME=dev&user=u', 'redshift u - h 5439 dev on'],
    ['jdbc:redshift:dev?user=u', 'redshift u - localhost 5439 dev on'],
    ['jdbc:redshift://[::1]:9/dev?user=u@corp', 'redshift u@corp - ::1 9 dev on'],
  ])('%s', (url, expected) => {
    expect(told(url)).toBe(expected);
  });

  it.each([
    ['jdbc:redshift://h1:1,h2:2/dev?user=u', 'several hosts'],
    ['jdbc:redshift://h', 'needs a / and the database'],
    ['jdbc:redshift://u:p@h/dev', 'gives user and password as parameters'],
    ['jdbc:redshift:', 'a JDBC URL is jdbc:redshift://host:port/database'],
    ['jdbc:redshift:iam:dev', 'a JDBC URL is'],
    ['jdbc:postgresql://h/dev', 'begins with redshift://'],
    ['jdbc:redshift://h:0/dev?user=u', 'port: must be'],
    ['jdbc:redshift://h/dev?user=u&socketTimeout=5', 'socketTimeout: is refused'],
    ['jdbc:redshift://h/dev?user=u&ssl', 'ssl: must be true or false'],
    ['jdbc:redshift:iam://h:5439/dev', 'Option dbUser: is required'],
    ['jdbc:redshift:iam://cluster:mars/dev?DbUser=u', 'Option region: must look like us-east-1'],
    [
      'jdbc:redshift:iam://h/dev?AccessKeyID=a&secretaccesskey=b&plugin_name=x&DbUser=u',
      '- credentialsProvider: is no plugin that is known',
    ],
  ])('%s is refused', (url, message) => {
    expect(() => parseConfig(url)).toThrow(message);
  });
});
