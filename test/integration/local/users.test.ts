/** Users, groups, roles and superusers of the local Redshift, on its engine: who may do what, and what a login learns. */
import { createHash } from 'node:crypto';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTemplateEngine, type Row, type TemplateEngine } from './engine-harness.js';

let engine: TemplateEngine;
const clients = new Map<string, pg.Client>();

beforeAll(async () => {
  engine = await startTemplateEngine();
  await engine.admin("select rs_bootstrap('awsuser', 'first')");
});
afterAll(() => engine.stop());

/** As a user of the server; sessions stay open. */
async function as(user: string, sql: string, params: readonly unknown[] = []): Promise<Row[]> {
  const client = clients.get(user) ?? (await engine.client({ user }));
  clients.set(user, client);
  return (await client.query(sql, [...params])).rows as Row[];
}
const create = (name: string, options: Record<string, unknown>, by = 'awsuser') =>
  as(by, 'select rs_create_user($1, $2)', [name, JSON.stringify(options)]);
const alter = (name: string, options: Record<string, unknown>, by = 'awsuser') =>
  as(by, 'select rs_alter_user($1, $2)', [name, JSON.stringify(options)]);
const drop = (name: string, by = 'awsuser') => as(by, 'select rs_drop_user($1, false)', [name]);
const login = async (name: string): Promise<Row | undefined> =>
  (await engine.admin('select * from rs_login($1)', [name]))[0];
const failing = (sqlState: string, message: string | RegExp) => ({
  code: sqlState,
  message: message instanceof RegExp ? (expect.stringMatching(message) as string) : message,
});
const password = 'abcD1234';

describe('passwords', () => {
  it.each([
    ['short', 'Abcdef1', 'password must be between 8 and 64 characters in length'],
    ['long', `Aa1${'x'.repeat(62)}`, 'password must be between 8 and 64 characters in length'],
    ['lower', 'abcd1234', 'password must contain an uppercase letter'],
    ['upper', 'ABCD1234', 'password must contain a lowercase letter'],
    ['letters', 'abcdABCD', 'password must contain a number'],
    ['quote', 'abcD1234"', 'password contains an invalid character'],
    ['slash', 'abcD/1234', 'password contains an invalid character'],
    ['backslash', 'abcD\\1234', 'password contains an invalid character'],
    ['blank', 'abcD 1234', 'password contains an invalid character'],
    ['tab', 'abcD\t1234', 'password contains an invalid character'],
  ])('a clear password keeps the rules: %s', async (_, wrong, message) => {
    await expect(create('weak', { password: wrong })).rejects.toMatchObject(failing('22023', message));
  });

  it('takes the @ that the manual has in its example', async () => {
    await create('newman', { password: '@AbC4321!' });
    expect(await login('newman')).toMatchObject({ password: '@AbC4321!' });
  });

  it('a clear password is verified by MD5 with the name, and can be told for other ways', async () => {
    await create('clear', { password });
    const digest = createHash('md5').update(`${password}clear`).digest('hex');
    expect(await login('clear')).toMatchObject({ verifier: `md5${digest}`, password, disabled: 'f' });
  });

  it('takes letters beyond ASCII', async () => {
    for (const [name, text] of [
      ['zh', 'My_sha256_PaSsWoRdŽ1'],
      ['half', 'C1cccccha\uFF6Fs'],
    ] as const) {
      await create(name, { password: text });
      expect(await login(name)).toMatchObject({ password: text });
    }
    await drop('half');
  });

  it('an MD5 digest is taken as it is, in lower case', async () => {
    await create('digested', { password: 'md5A1234567890123456780123456789012' });
    expect(await login('digested')).toMatchObject({
      verifier: 'md5a1234567890123456780123456789012',
      password: null,
    });
  });

  it('sha256|password gets a salt of its own', async () => {
    await create('salted', { password: 'sha256|Mypassword1' });
    const [, digest, salt] = String((await login('salted'))?.['verifier']).split('|');
    expect(salt).toMatch(/^[0-9a-f]{64}$/);
    const expected = createHash('sha256')
      .update('Mypassword1')
      .update(Buffer.from(salt ?? '', 'hex'));
    expect(digest).toBe(expected.digest('hex'));
  });

  it('sha256|digest|salt of the manual is kept, a broken one refused', async () => {
    const verifier =
      'sha256|821708135fcc42eb3afda85286dee0ed15c2c461d000291609f77eb113073ec2|c721bff5d9042cf541ff7b9d48fa8a6e545c19a763e3710151f9513038b0f6c6';
    await create('admin_sha', { password: verifier });
    expect(await login('admin_sha')).toMatchObject({ verifier, password: null });
    await expect(create('broken', { password: 'sha256|12|34' })).rejects.toMatchObject(
      failing('22023', 'invalid SHA256 password'),
    );
  });

  it('a disabled password is not for superusers', async () => {
    await create('disabled', { password: null });
    expect(await login('disabled')).toMatchObject({ verifier: null, password: null, disabled: 't' });
    const refused = failing('42601', 'CREATEUSER and PASSWORD DISABLE are incompatible');
    await expect(create('no_login', { password: null, createuser: true })).rejects.toMatchObject(refused);
    await expect(alter('disabled', { createuser: true })).rejects.toMatchObject(refused);
    await expect(alter('awsuser', { password: null })).rejects.toMatchObject(refused);
  });

  it('a renamed user has no password until one is set', async () => {
    await create('before', { password });
    await alter('before', { rename: 'after' });
    expect(await login('before')).toBeUndefined();
    expect(await login('after')).toMatchObject({ verifier: null, password: null, disabled: 'f' });
    await alter('after', { password });
    expect(await login('after')).toMatchObject({ password });
  });

  it('is hidden from everybody but the owner', async () => {
    for (const user of ['awsuser', 'clear']) {
      for (const sql of [
        'select * from pg_authid',
        "select * from rs_login('clear')",
        'select rs_role_facts(10)',
        'select * from rs_engine_shadow',
      ]) {
        await expect(as(user, sql), `${user}: ${sql}`).rejects.toMatchObject({ code: '42501' });
      }
    }
    const shown = await as('awsuser', 'select passwd from pg_user union select passwd from pg_shadow');
    expect(JSON.stringify(shown)).not.toContain(password);
  });
});

describe('users', () => {
  it('are created with all options', async () => {
    await as('awsuser', "select rs_create_group('analysts', '[]')");
    await create('full', {
      password,
      createdb: true,
      connectionLimit: 30,
      validUntil: '2017-06-10',
      sessionTimeout: 120,
      syslog: 'UNRESTRICTED',
      groups: ['analysts'],
      set: { search_path: 'a, public', query_group: 'reports' },
    });
    expect(await login('full')).toMatchObject({
      expired: 't',
      connection_limit: '30',
      session_timeout: '120',
    });
    const [info] = await as('awsuser', "select * from pg_user_info where usename = 'full'");
    expect(info).toMatchObject({ usecreatedb: 't', usesuper: 'f', useconnlimit: '30', passwd: '********' });
    expect(info?.['useconfig']).toContain('query_group=reports');
    const [member] = await as(
      'awsuser',
      "select usename from pg_user, pg_group where usesysid = any (grolist) and groname = 'analysts'",
    );
    expect(member).toEqual({ usename: 'full' });
    expect(await as('full', "select current_setting('search_path') as path")).not.toEqual([]);
    await alter('full', { reset: ['query_group'], connectionLimit: -1 });
    expect(await login('full')).toMatchObject({
      connection_limit: null,
      settings: expect.not.stringContaining('reports') as string,
    });
  });

  it('nothing stays of a CREATE USER that fails, or that is rolled back', async () => {
    await expect(create('half', { password, groups: ['nowhere'] })).rejects.toMatchObject(
      failing('42704', 'group "nowhere" does not exist'),
    );
    expect(await login('half')).toBeUndefined();
    await as('awsuser', 'begin');
    await create('half', { password });
    await as('awsuser', 'rollback');
    expect(await login('half')).toBeUndefined();
  });

  it.each(['public', 'rdsdb', 'PUBLIC', 'pg_me', 'group:x', 'rs_superusers'])(
    'may not be called %s',
    async (name) => {
      await expect(create(name, { password })).rejects.toMatchObject(
        failing('42939', `user name "${name}" is reserved`),
      );
    },
  );

  it('may have any other name, quotes and capitals included', async () => {
    for (const name of ["o'Brien", 'He said "no"', 'Upper Case', 'back\\slash', 'naïve', 'IAM:x@y']) {
      await create(name, { password });
      expect(await login(name)).toMatchObject({ password });
      await drop(name);
    }
  });

  it('are told apart: exists, does not exist', async () => {
    await expect(create('awsuser', { password })).rejects.toMatchObject(
      failing('42710', 'user "awsuser" already exists'),
    );
    const missing = failing('42704', 'user "nobody" does not exist');
    await expect(alter('nobody', { createdb: true })).rejects.toMatchObject(missing);
    await expect(drop('nobody')).rejects.toMatchObject(missing);
    await as('awsuser', "select rs_drop_user('nobody', true)");
    await expect(alter('rdsdb', { password })).rejects.toMatchObject(
      failing('42704', 'user "rdsdb" does not exist'),
    );
  });

  it('settings are those that exist', async () => {
    await create('setter', { password, set: { query_group: 'night', timezone: 'America/New_York' } });
    await expect(alter('setter', { set: { nonsense: '1' } })).rejects.toMatchObject(
      failing('42704', 'unrecognized configuration parameter "nonsense"'),
    );
    expect(JSON.parse(String((await login('setter'))?.['settings']))).toEqual({
      query_group: 'night',
      timezone: 'America/New_York',
    });
    await alter('setter', { set: { query_group: 'default' }, reset: ['timezone'] });
    expect(await login('setter')).toMatchObject({ settings: '{}' });
  });

  it('limits are checked', async () => {
    await expect(create('x', { password, sessionTimeout: 59 })).rejects.toMatchObject({ code: '22023' });
    await expect(create('x', { password, sessionTimeout: 1728001 })).rejects.toMatchObject({ code: '22023' });
    await expect(create('x', { password, connectionLimit: -5 })).rejects.toMatchObject({ code: '22023' });
    await expect(create('x', { password, validUntil: 'soon' })).rejects.toMatchObject({ code: '22007' });
  });

  it('change their own password and nothing else', async () => {
    await create('plain', { password });
    await alter('plain', { password: 'Other1234' }, 'plain');
    expect(await login('plain')).toMatchObject({ password: 'Other1234' });
    const denied = failing('42501', 'permission denied');
    await expect(alter('plain', { createuser: true }, 'plain')).rejects.toMatchObject(denied);
    await expect(alter('plain', { password: null }, 'plain')).rejects.toMatchObject(denied);
    await expect(alter('awsuser', { password }, 'plain')).rejects.toMatchObject(denied);
    await expect(alter('disabled', { password }, 'disabled')).rejects.toMatchObject(denied);
    await expect(create('other', { password }, 'plain')).rejects.toMatchObject(
      failing('42501', 'must be superuser to create users'),
    );
    await expect(drop('awsuser', 'plain')).rejects.toMatchObject(
      failing('42501', 'must be superuser to drop users'),
    );
    for (const sql of [
      "select rs_set_superuser('plain', true)",
      "select rs_set_role_facts(10, '{}')",
      "select rs_make_user('evil', '{}', false)",
      "select rs_settle_user('plain', '{\"createuser\": true}')",
      "select rs_bootstrap('plain', 'x')",
      'create role evil superuser',
      'set role rs_superusers',
      'set role awsuser',
      'set session authorization awsuser',
      'grant rs_superusers to plain',
    ]) {
      await expect(as('plain', sql), sql).rejects.toMatchObject({ code: '42501' });
    }
  });

  it('own and have privileges, which keeps them from being dropped', async () => {
    await create('owner', { password });
    await as('owner', 'create table owned(a int)');
    await expect(drop('owner')).rejects.toMatchObject(
      failing('55006', 'user "owner" can\'t be dropped because the user owns some object'),
    );
    await as('awsuser', 'drop table owned');
    await as('awsuser', 'create table granted(a int)');
    await as('awsuser', 'grant select on granted to owner');
    await expect(drop('owner')).rejects.toMatchObject(
      failing('55006', 'user "owner" can\'t be dropped because the user has a privilege on some object'),
    );
    await as('awsuser', 'revoke select on granted from owner');
    await drop('owner');
    await expect(drop('awsuser')).rejects.toMatchObject(failing('55006', 'current user cannot be dropped'));
  });
});

describe('superusers', () => {
  it('reach whatever any user made, other superusers included', async () => {
    await create('boss', { password, createuser: true });
    await create('worker', { password });
    for (const [maker, other] of [
      ['worker', 'boss'],
      ['awsuser', 'boss'],
      ['boss', 'awsuser'],
    ] as const) {
      await as(maker, 'create table theirs(a int)');
      await as(other, 'insert into theirs values (1)');
      await as(other, 'alter table theirs add column b int');
      await as(other, 'truncate theirs');
      await as(other, 'grant select on theirs to public');
      await as(other, 'drop table theirs');
    }
    await as('awsuser', 'create schema private');
    await as('awsuser', 'create table private.t(a int)');
    await as('boss', 'select * from private.t');
    await as('boss', 'drop schema private cascade');
    await as('boss', 'revoke create on schema public from public');
    await expect(as('worker', 'create table mine(a int)')).rejects.toMatchObject({ code: '42501' });
    await as('awsuser', 'grant create on schema public to public');
    await as('worker', 'create table mine(a int)');
    await expect(as('clear', 'select * from mine')).rejects.toMatchObject({ code: '42501' });
  });

  it('give what there is to anybody, whom the schema need not admit', async () => {
    await as('awsuser', 'create schema closed_one');
    await as('awsuser', 'create table closed_one.gift(a int)');
    await as(
      'awsuser',
      "create function closed_one.f(int) returns int immutable language sql as 'select $1'",
    );
    await as('awsuser', "select rs_alter_owner('closed_one.gift'::regclass, 'worker')");
    await as('awsuser', "select rs_alter_owner('closed_one.f(int)'::regprocedure, 'worker')");
    const owned = await as(
      'awsuser',
      "select pg_get_userbyid(relowner) as o from pg_class where relname = 'gift'",
    );
    expect(owned).toEqual([{ o: 'worker' }]);
    await as('worker', 'create table keep(a int)');
    await expect(as('worker', "select rs_alter_owner('keep'::regclass, 'awsuser')")).rejects.toMatchObject(
      failing('42501', 'must be superuser to change owner'),
    );
    for (const system of ["'pg_class'::regclass", "'pg_user'::regclass", "'rs_login(text)'::regprocedure"]) {
      await expect(as('awsuser', `select rs_alter_owner(${system}, 'awsuser')`)).rejects.toMatchObject({
        code: '42501',
      });
    }
  });

  it('are no superusers of the engine', async () => {
    for (const sql of [
      'create role evil',
      'alter system set fsync = off',
      "copy (select 1) to '/tmp/x'",
      "select pg_read_file('/etc/passwd')",
      "update pg_class set relname = 'x'",
      "create function f() returns int language c as 'x'",
    ]) {
      const answer = as('awsuser', sql);
      await expect(answer, sql).rejects.toMatchObject({
        code: expect.stringMatching(/^(42501|42883)$/) as string,
      });
    }
  });

  it('become another user and are only that one then', async () => {
    const client = await engine.client({ user: 'awsuser' });
    await client.query('set role worker');
    await expect(
      client.query(`select rs_create_user('x', '{"password":"${password}"}')`),
    ).rejects.toMatchObject({
      message: 'must be superuser to create users',
    });
    await client.query('reset role');
    await client.query(`select rs_create_user('x', '{"password":"${password}"}')`);
  });

  it('cease to be', async () => {
    await create('former', { password, createuser: true });
    await as('former', `select rs_create_user('made', '{"password":"${password}"}')`);
    await alter('former', { createuser: false });
    await expect(drop('made', 'former')).rejects.toMatchObject({ code: '42501' });
    expect(await login('former')).toMatchObject({ superuser: 'f' });
  });
});

describe('groups', () => {
  it('hold privileges for their members', async () => {
    await create('g1', { password });
    await as('awsuser', `select rs_create_group('readers', '["g1"]')`);
    await as('awsuser', 'create table read_me(a int)');
    await as('awsuser', 'grant select on read_me to "group:readers"');
    expect(await as('g1', 'select * from read_me')).toEqual([]);
    await as('awsuser', `select rs_alter_group('readers', '{"drop":["g1"]}')`);
    await expect(as('g1', 'select * from read_me')).rejects.toMatchObject({ code: '42501' });
    await as('awsuser', `select rs_alter_group('readers', '{"rename":"lesers"}')`);
    expect(
      await as('awsuser', "select groname from pg_group where groname in ('readers', 'lesers')"),
    ).toEqual([{ groname: 'lesers' }]);
    await expect(as('awsuser', "select rs_drop_group('lesers')")).rejects.toMatchObject(
      failing('55006', 'group "lesers" can\'t be dropped because the group has a privilege on some object'),
    );
    await as('awsuser', 'revoke select on read_me from "group:lesers"');
    await as('awsuser', "select rs_drop_group('lesers')");
  });

  it('may bear the name of a user, but not a reserved one', async () => {
    await as('awsuser', "select rs_create_group('g1', '[]')");
    await expect(as('awsuser', "select rs_create_group('g1', '[]')")).rejects.toMatchObject(
      failing('42710', 'group "g1" already exists'),
    );
    await expect(as('awsuser', "select rs_create_group('__x', '[]')")).rejects.toMatchObject({
      code: '42939',
    });
    await expect(as('awsuser', "select rs_drop_group('none_such')")).rejects.toMatchObject(
      failing('42704', 'group "none_such" does not exist'),
    );
    await expect(as('g1', "select rs_create_group('mine', '[]')")).rejects.toMatchObject(
      failing('42501', 'must be superuser to create groups'),
    );
  });
});

describe('roles', () => {
  it('are granted to users and roles, and kept until they are revoked', async () => {
    await create('r_user', { password });
    await as('awsuser', "select rs_create_role('role1'), rs_create_role('role2')");
    await as(
      'awsuser',
      "select rs_grant_role('role1', 'user', 'r_user'), rs_grant_role('role1', 'role', 'role2')",
    );
    await as('awsuser', 'create table role_table(a int)');
    await as('awsuser', 'grant select on role_table to "role:role1"');
    expect(await as('r_user', 'select * from role_table')).toEqual([]);
    expect(await as('awsuser', 'select role_name, granted_role_name from svv_role_grants')).toEqual([
      { role_name: 'role2', granted_role_name: 'role1' },
    ]);
    expect(await as('awsuser', 'select user_name, role_name, admin_option from svv_user_grants')).toEqual([
      { user_name: 'r_user', role_name: 'role1', admin_option: 'f' },
    ]);
    expect(
      await as(
        'awsuser',
        "select user_is_member_of('r_user', 'role1') as a, user_is_member_of('r_user', 'role2') as b, role_is_member_of('role2', 'role1') as c",
      ),
    ).toEqual([{ a: 't', b: 'f', c: 't' }]);
    await expect(as('awsuser', "select rs_grant_role('role2', 'role', 'role1')")).rejects.toMatchObject({
      code: '0LP01',
    });
    await expect(as('awsuser', "select rs_drop_role('role1')")).rejects.toMatchObject(
      failing('2BP01', 'cannot drop this role since it has been granted on a user'),
    );
    await as('awsuser', "select rs_revoke_role('role1', 'user', 'r_user')");
    await expect(as('awsuser', "select rs_drop_role('role1')")).rejects.toMatchObject(
      failing('2BP01', 'cannot drop this role since it depends on another role'),
    );
    await as('awsuser', 'revoke select on role_table from "role:role1"');
    await as('awsuser', "select rs_drop_role('role1', true)");
    await as('awsuser', "select rs_grant_role('sys:monitor', 'user', 'awsuser')");
    for (const role of ['sys:monitor', 'role2']) {
      await expect(as('r_user', `select rs_grant_role('${role}', 'user', 'r_user')`)).rejects.toMatchObject(
        failing('42501', `permission denied to grant role "${role}"`),
      );
    }
    await as('awsuser', "select rs_grant_role('role2', 'user', 'r_user', true)");
    await as('r_user', "select rs_grant_role('role2', 'user', 'awsuser')");
  });
});

describe('the first user', () => {
  it('may be settled again, with another password or with none given', async () => {
    await engine.admin("select rs_bootstrap('awsuser', null)");
    expect(await login('awsuser')).toMatchObject({ password: 'first', superuser: 't' });
    await engine.admin("select rs_bootstrap('awsuser', 'second')");
    expect(await login('awsuser')).toMatchObject({ password: 'second' });
    expect(
      await engine.admin("select pg_get_userbyid(datdba) as owner from pg_database where datname = 'dev'"),
    ).toEqual([{ owner: 'awsuser' }]);
  });

  it('users given as options need no rules and are changed when they exist', async () => {
    await engine.admin(
      `select rs_settle_user('opt', '{"password":"x","groups":["o1","o2"],"createuser":true}')`,
    );
    expect(await login('opt')).toMatchObject({ password: 'x', superuser: 't' });
    await engine.admin(
      `select rs_settle_user('opt', '{"password":null,"groups":["o2"],"createuser":false}')`,
    );
    expect(await login('opt')).toMatchObject({ password: 'x', superuser: 'f' });
  });
});
