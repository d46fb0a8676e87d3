/**
 * What was given, from the strongest source to the weakest: object, URL, environment. Each option is taken from the
 * first source that has it; what cannot be read is remembered as a problem, so that all of them are told at once.
 */
import { type KnownOption, findOption, nearestOption } from './lookup.js';
import { readValue } from './option-types.js';
import { type OptionName, environmentName, options } from './options.js';
import { readUrl } from './url.js';

/** `later`: known, but not built; `wrong`: the caller has to change something. */
export interface Problem {
  readonly kind: 'wrong' | 'later';
  readonly option: string;
  readonly text: string;
  /** Nothing was given where something is needed. */
  readonly missing: boolean;
}

interface Entry {
  readonly name: string;
  readonly value: unknown;
}

/** Who asks: some options are a pool's, and one name of pg means another option for a pool. */
export type Use = 'connect' | 'pool';

/** The environment variable of each option that may come from there; made once, not for each connection (40 µs). */
const variables = options
  .filter(({ name }) => name !== 'url')
  .map(({ name }) => [name, environmentName(name)] as const);

export class Given {
  readonly #use: Use;
  readonly problems: Problem[] = [];
  readonly notices: string[] = [];
  readonly warnings: string[] = [];
  readonly #values = new Map<
    OptionName,
    { readonly value: unknown; readonly rank: number; readonly weak: boolean }
  >();
  readonly #unreadable = new Set<OptionName>();
  #rank = 0;
  #urlFailed = false;

  constructor(use: Use = 'connect') {
    this.#use = use;
  }

  get(name: OptionName): unknown {
    return this.#values.get(name)?.value;
  }

  has(name: OptionName): boolean {
    return this.#values.has(name);
  }

  /** Given, but unreadable: nothing more needs to be said about it. */
  isUnreadable(name: OptionName): boolean {
    return this.#unreadable.has(name);
  }

  /** Whether `a` was given, and `b` not by a stronger source: what a stronger source says makes the weaker one moot. */
  standsAgainst(a: OptionName, b: OptionName): boolean {
    const first = this.#values.get(a);
    const second = this.#values.get(b);
    return first !== undefined && (second === undefined || first.rank <= second.rank);
  }

  /** How strong the source is that an option came from: the less, the stronger; Infinity when it was not given. */
  rank(name: OptionName): number {
    return this.#values.get(name)?.rank ?? Infinity;
  }

  /** Given for this connection or pool; the environment is everybody's, and an authentication profile many people's. */
  isExplicit(name: OptionName): boolean {
    return this.#values.get(name)?.weak === false;
  }

  /** What is wrong with it was told already. */
  isWrong(option: OptionName): boolean {
    return this.problems.some((problem) => problem.option === option);
  }

  wrong(option: string, text: string): void {
    this.problems.push({ kind: 'wrong', option, text, missing: false });
  }

  /** Silent where the option, or the URL it may be in, was given but could not be read: that was told already. */
  missing(option: OptionName, text: string): void {
    if (!this.#unreadable.has(option) && !this.#urlFailed)
      this.problems.push({ kind: 'wrong', option, text, missing: true });
  }

  addObject(input: object): void {
    const entries = Object.entries(input).map(([name, value]: [string, unknown]) => ({ name, value }));
    this.#add(entries, false);
  }

  /** `weak`: from the environment. */
  addUrl(url: string, weak = false): void {
    const parts = readUrl(url, (name, caseInsensitive) => findOption(name, caseInsensitive) !== undefined);
    for (const problem of parts.problems) this.wrong('url', problem);
    if (parts.problems.length > 0) this.#urlFailed = true;
    this.#add(parts.entries, parts.caseInsensitive, { fromUrl: true, weak });
  }

  /**
   * What an authentication profile of Redshift holds: options in JDBC's or any other spelling. Its values are shown to
   * nobody, and JSON.parse's own error would show them.
   */
  addProfile(profile: string, content: string): void {
    let parsed: unknown;
    try {
      parsed = JSON.parse(content);
    } catch {
      parsed = undefined;
    }
    if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
      this.#rank++;
      this.wrong('authProfile', `${profile} does not hold a JSON object of options`);
      return;
    }
    const entries = Object.entries(parsed).map(([name, value]: [string, unknown]) => ({ name, value }));
    const where = `in the authentication profile ${profile}`;
    this.#add(entries, true, { weak: true, where, origin: (name) => `${name} ${where}` });
  }

  addEnvironment(environment: Readonly<Record<string, string | undefined>>): void {
    const entries: Entry[] = [];
    for (const [name, variable] of variables) {
      const value = environment[variable];
      // By the option's own name: REDSHIFT_QUERY_TIMEOUT is in seconds.
      if (value !== undefined && value !== '') entries.push({ name, value });
    }
    this.#add(entries, false, { weak: true, origin: environmentName });
  }

  #add(
    entries: readonly Entry[],
    caseInsensitive: boolean,
    from: {
      readonly fromUrl?: true;
      readonly weak?: boolean;
      readonly where?: string;
      readonly origin?: (name: string) => string;
    } = {},
  ): void {
    this.#rank++;
    for (const { name, value } of entries) {
      if (value === undefined || value === null) continue;
      const found = findOption(name, caseInsensitive, this.#use === 'pool');
      if (found === undefined) this.#unknown(name, from.fromUrl === true, from.where);
      else if (found.is === 'passed-over')
        this.notices.push(`Option ${name} is of another driver and was passed over`);
      else if (found.is === 'refused') {
        if (asksForNothing(value, found.unless)) continue;
        this.wrong(name, `is refused: ${found.reason}`);
      } else {
        const row = found.row;
        if (from.where !== undefined && (row.name === 'url' || row.name === 'authProfile')) {
          this.wrong(row.name, `has no place ${from.where}`);
          continue;
        }
        // An empty text is no text, as redshift_connector has it; an empty password is one, and an empty proxy is none.
        const meant = row.name === 'password' || row.name === 'proxy';
        if (value === '' && !meant && row.type.is !== 'boolean' && row.type.is !== 'enum') continue;
        if (row.pool === true && this.#use === 'connect') {
          // The environment is everybody's: what it says to pools does not concern a single connection.
          if (from.origin === undefined) this.wrong(row.name, poolOnly(row.name, name));
          continue;
        }
        this.#take(row, value, found.scale, from.origin?.(name) ?? name, from.weak ?? false);
      }
    }
  }

  #take(row: KnownOption, raw: unknown, scale: number, spelled: string, weak: boolean): void {
    const before = this.#values.get(row.name);
    if (before !== undefined && before.rank < this.#rank) return;
    const told = spelled === row.name ? '' : ` (given as ${spelled})`;
    const reading = readValue(row.type, raw, scale);
    if ('problem' in reading) {
      this.#unreadable.add(row.name);
      this.wrong(row.name, reading.problem + told);
    } else if (before !== undefined && !same(before.value, reading.value)) {
      this.wrong(row.name, `is given twice, with different values${told}`);
    } else {
      this.#values.set(row.name, { value: reading.value, rank: this.#rank, weak });
      // Asking for what is the case anyway asks for nothing.
      if (row.later !== undefined && (row.default === undefined || row.default !== reading.value)) {
        this.problems.push({
          kind: 'later',
          option: row.name,
          text: `${row.later} are not built yet${told}`,
          missing: false,
        });
      }
    }
  }

  #unknown(name: string, fromUrl: boolean, where?: string): void {
    if (name === 'signal') {
      this.wrong(name, 'is given beside the options, as connect(options, { signal })');
      return;
    }
    const near = nearestOption(name);
    const place = where === undefined ? '' : ` (${where})`;
    const meant = (near === undefined ? '' : `; did you mean ${near}?`) + place;
    // A name in a URL may be a piece of a password that holds an unescaped & or ;: only an option's own name is shown.
    if (fromUrl && name.toLowerCase() !== near?.toLowerCase()) {
      const why =
        meant === ''
          ? ' (its name is not shown, since it may be a piece of a secret: write & as %26, ; as %3B and = as %3D)'
          : meant;
      this.wrong('url', `has a parameter that is no option${why}`);
    }
    // So may a name with odd characters elsewhere.
    else if (!/^\w{1,60}$/.test(name)) this.wrong('(unreadable name)', `is no option${place}`);
    else this.wrong(name, `is no option${meant}`);
  }
}

function poolOnly(name: string, spelled: string): string {
  return `is an option of a pool; give it to createPool()${spelled === name ? '' : ` (given as ${spelled})`}`;
}

function asksForNothing(value: unknown, unless: readonly string[] | undefined): boolean {
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') return false;
  return unless?.includes(String(value).toLowerCase()) ?? false;
}

function same(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((part, i) => part === b[i]);
  return Object.is(a, b);
}
