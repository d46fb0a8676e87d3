/**
 * The users and databases of the local Redshift, as its owner sees them on the engine: what a login looks up, and what the
 * options make at the start. Statements of clients never come here.
 */
import type { AnswerRow } from './dialect/plan.js';
import type { LoginContext, StoredUser } from './login.js';
import type { Settings } from './options.js';

/** A connection to the engine as its owner. One question at a time is put to it. */
export interface OwnerConnection {
  query(sql: string, parameters?: readonly (string | null)[]): Promise<readonly AnswerRow[]>;
}

export class Users implements Pick<LoginContext, 'findUser' | 'provideUser' | 'databaseExists'> {
  readonly #owner: OwnerConnection;
  #last: Promise<unknown> = Promise.resolve();

  constructor(owner: OwnerConnection) {
    this.#owner = owner;
  }

  /** Makes the administrator, the first database, and the other users; what a kept folder has of them is brought up to date. */
  async setUp(settings: Pick<Settings, 'user' | 'password' | 'database' | 'users'>): Promise<void> {
    const { user, password, database, users } = settings;
    await this.#ask('select rs_bootstrap($1, $2)', [user, password]);
    if (!(await this.databaseExists(database))) {
      await this.#ask(`create database ${quoted(database)} owner ${quoted(user)}`);
    }
    for (const one of users) {
      await this.#provide(one.name, one.groups, {
        password: one.password,
        createuser: one.superuser,
      });
    }
  }

  async findUser(name: string): Promise<StoredUser | undefined> {
    const [row] = await this.#ask(
      'select verifier, password, superuser, expired, connection_limit from rs_login($1)',
      [name],
    );
    if (row === undefined) return undefined;
    const [verifier = null, password = null, superuser, expired, limit = null] = row;
    return {
      name,
      verifier,
      password,
      superuser: superuser === 't',
      expired: expired === 't',
      connectionLimit: limit === null ? null : Number(limit),
    };
  }

  /** A user whom an identity token names: made without a password if there is none, and put into the groups. */
  async provideUser(name: string, groups: readonly string[]): Promise<void> {
    await this.#provide(name, groups, undefined);
  }

  async databaseExists(name: string): Promise<boolean> {
    // The engine's own are not the clients'.
    const rows = await this.#ask(
      "select from pg_database where datname = $1 and not datistemplate and datallowconn and datname <> 'postgres'",
      [name],
    );
    return rows.length > 0;
  }

  async #provide(
    name: string,
    groups: readonly string[],
    options: { readonly password: string | null; readonly createuser: boolean } | undefined,
  ): Promise<void> {
    const list = JSON.stringify(groups);
    await this.#ask(makeGroups, [list]);
    if ((await this.findUser(name)) === undefined) {
      const all = { ...(options ?? { password: null }), groups };
      await this.#ask('select rs_make_user($1, $2, false)', [name, JSON.stringify(all)]);
      return;
    }
    if (options !== undefined) {
      await this.#ask(changeUser, [name, options.password, String(options.createuser)]);
    }
    await this.#ask(joinGroups, [list, name]);
  }

  /** Questions wait for each other: logins come at the same time, the connection takes one. */
  async #ask(sql: string, parameters: readonly (string | null)[] = []): Promise<readonly AnswerRow[]> {
    const before = this.#last;
    const answer = before.then(() => this.#owner.query(sql, parameters));
    this.#last = answer.catch(() => undefined);
    return answer;
  }
}

const makeGroups = `
  select rs_create_group(name, null) from json_array_elements_text($1::json) as name
  where not exists (select from pg_roles where rolname = 'group:' || name)`;

const joinGroups = `
  select rs_alter_group(name, json_build_object('add', json_build_array($2::text)))
  from json_array_elements_text($1::json) as name`;

/** As ALTER USER, but without the rules for a password: whoever starts the server may take any. */
const changeUser = `
  select rs_set_role_facts(oid, rs_role_facts(oid) || rs_verifier(rolname, $2, false)), rs_set_superuser(rolname, $3::boolean)
  from pg_authid where rolname = $1`;

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
