/** What the front asks and does as the owner of the engine: users, databases, the log of queries. One statement at a time. */
import type { WriteActivity } from './activity.js';
import { EngineConnection } from './front/engine-connection.js';
import type { AnswerRow } from './dialect/plan.js';
import type { LoginContext, StoredUser } from './login/login.js';
import type { Settings, UserSettings } from './options.js';
import { groupPrefix } from './setup/users-groups.js';
import { templateOwner } from './engine/template.js';

export class Administration implements Pick<
  LoginContext,
  'findUser' | 'provideUser' | 'groupExists' | 'databaseExists'
> {
  readonly #path: string;
  readonly #connection: EngineConnection;
  #last: Promise<unknown> = Promise.resolve();

  private constructor(path: string, connection: EngineConnection) {
    this.#path = path;
    this.#connection = connection;
  }

  /** @param path of the engine's socket */
  static async open(path: string): Promise<Administration> {
    return new Administration(path, await connectAsOwner(path, 'dev'));
  }

  /** Makes the administrator, the first database and the users that are not there; passwords become those given. */
  async settle({ user, password, database, users }: Settings): Promise<void> {
    await this.#query('select pg_catalog.rs_bootstrap($1, $2)', [user, password]);
    if (!(await this.databaseExists(database))) {
      await this.#query(`create database ${quoted(database)} owner ${quoted(user)}`);
    }
    for (const one of users) await this.#settleUser(one);
  }

  async findUser(name: string): Promise<StoredUser | undefined> {
    const [row] = await this.#query(
      'select verifier, password, expired, superuser, connection_limit from pg_catalog.rs_login($1)',
      [name],
    );
    if (row === undefined) return undefined;
    const [verifier = null, password = null, expired, superuser, limit = null] = row;
    return {
      name,
      verifier,
      password,
      superuser: superuser === 't',
      expired: expired === 't',
      connectionLimit: limit === null ? null : Number(limit),
    };
  }

  /** What ALTER USER … SET has given the user's sessions. */
  async settingsOf(name: string): Promise<(readonly [string, string])[]> {
    const rows = await this.#query(
      'select key, value from pg_catalog.rs_login($1), pg_catalog.rs_pairs(settings)',
      [name],
    );
    return rows.map(([key, value]) => [key ?? '', value ?? '']);
  }

  /** In one statement: of two logins at once, each finds what the other made. */
  async provideUser(name: string, groups: readonly string[]): Promise<void> {
    await this.#query('select pg_catalog.rs_settle_user($1, $2)', [name, JSON.stringify({ groups })]);
  }

  async groupExists(name: string): Promise<boolean> {
    const rows = await this.#query('select 1 from pg_catalog.pg_roles where rolname = $1', [
      groupPrefix + name,
    ]);
    return rows.length > 0;
  }

  async databaseExists(name: string): Promise<boolean> {
    const rows = await this.#query(
      // The engine's own databases are not for clients.
      `select 1 from pg_catalog.pg_database
       where datname = $1 and datallowconn and not datistemplate and datname <> 'postgres'`,
      [name],
    );
    return rows.length > 0;
  }

  /** A connection for the moment: one that stayed would keep the database from being dropped. */
  readonly logActivity: WriteActivity = async (database, name, entries) => {
    const connection = await connectAsOwner(this.#path, database);
    try {
      await connection.query(`select pg_catalog.${name}($1)`, [JSON.stringify(entries)]);
    } finally {
      connection.end();
    }
  };

  close(): void {
    this.#connection.end();
  }

  async #settleUser({ name, password, groups, superuser }: UserSettings): Promise<void> {
    if ((await this.findUser(name)) === undefined) {
      const options = JSON.stringify({ password, createuser: superuser, createdb: superuser });
      await this.#query('select pg_catalog.rs_make_user($1, $2, false)', [name, options]);
    } else if (password !== null) {
      await this.#query(changeUser, [name, password, String(superuser)]);
    }
    for (const group of groups) {
      if (!(await this.groupExists(group))) {
        await this.#query('select pg_catalog.rs_create_group($1, null)', [group]);
      }
      const change = JSON.stringify({ add: [name] });
      await this.#query('select pg_catalog.rs_alter_group($1, $2)', [group, change]);
    }
  }

  /** One after the other, whoever asks. */
  #query(sql: string, parameters: readonly (string | null)[] = []): Promise<AnswerRow[]> {
    const result = this.#last.then(() => this.#connection.query(sql, parameters));
    this.#last = result.catch(() => undefined);
    return result;
  }
}

function connectAsOwner(path: string, database: string): Promise<EngineConnection> {
  const parameters = [
    ['client_encoding', 'UTF8'],
    ['application_name', 'redshift-connector local'],
  ] as const;
  return EngineConnection.open({ path, user: templateOwner, database, parameters });
}

/** As ALTER USER, but without the rules for a password: whoever starts the server may take any. */
const changeUser = `
  select pg_catalog.rs_set_role_facts(oid,
      pg_catalog.rs_role_facts(oid) || pg_catalog.rs_verifier(rolname, $2, false)),
    pg_catalog.rs_set_superuser(rolname, $3::boolean)
  from pg_catalog.pg_authid where rolname = $1`;

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;
