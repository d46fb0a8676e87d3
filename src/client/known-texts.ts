/**
 * What is known of SQL texts that were run before: their markers and their kind, so that each is read once. The
 * connections of a pool share one. It holds no values, and nothing of a server.
 */
import { InterfaceError } from '../errors.js';
import { StatementCache } from '../session/statements.js';
import {
  hasParameters,
  parsePlaceholders,
  type Parameters,
  type Paramstyle,
  type PlaceholderTemplate,
} from '../sql/placeholders.js';
import { statementKind, type StatementKind } from '../sql/statements.js';
import type { ServerTraits } from '../types/codec.js';
import { encodeParameters, noParameters, type ParameterList } from '../types/parameter-list.js';

/** Texts that are remembered; those that were not used for longest go first. */
const maxTexts = 1000;
/** A text longer than this is read again each time rather than kept. */
const maxKeptText = 64 * 1024;

/** How a text is read. */
interface Reading {
  /** Undefined: it is run without parameters, so nobody looks for markers. */
  readonly style: Paramstyle | undefined;
  readonly backslashEscapes: boolean;
}

export class KnownText {
  readonly reading: Reading;
  /** As the server gets it. */
  readonly sql: string;
  readonly template: PlaceholderTemplate | undefined;
  readonly kind: StatementKind;
  #shape = noParameters.shape;
  #key: string;

  /** @throws ProgrammingError when its markers cannot be read */
  constructor(sql: string, reading: Reading) {
    const { style } = reading;
    this.reading = reading;
    this.template = style === undefined ? undefined : parsePlaceholders(sql, style, reading);
    this.kind = statementKind(sql, reading);
    this.sql = this.template?.sql ?? sql;
    this.#key = StatementCache.key(this.sql, []);
  }

  /** @throws ProgrammingError when markers and parameters do not fit each other */
  bind(parameters: Parameters | null | undefined): readonly unknown[] {
    return this.template === undefined ? [] : this.template.bind(parameters as Parameters);
  }

  /** @throws ArgumentError for what no parameter can be */
  encode(parameters: Parameters | null | undefined, server: ServerTraits): ParameterList {
    if (this.template === undefined) return noParameters;
    const list = encodeParameters(this.bind(parameters), server, this.#shape);
    if (list.shape !== this.#shape) {
      this.#shape = list.shape;
      this.#key = StatementCache.key(this.sql, list.shape.oids);
    }
    return list;
  }

  /** What a prepared statement of the text and the parameters that were encoded last is found by. */
  get key(): string {
    return this.#key;
  }
}

export class KnownTexts {
  /**
   * Readings of a text by the text itself, whose hash the engine keeps: a key made for each call costs 2 µs. What is in use moves
   * from the old half to the young one, and when that is full, the rest of the old one is forgotten.
   */
  #young = new Map<string, KnownText[]>();
  #old = new Map<string, KnownText[]>();

  /**
   * Reads a text; markers are looked for only when there are parameters.
   *
   * @throws InterfaceError for what is no text; ProgrammingError when its markers cannot be read
   */
  read(
    sql: string,
    parameters: Parameters | null | undefined,
    paramstyle: Paramstyle,
    { backslashEscapes }: { readonly backslashEscapes: boolean },
  ): KnownText {
    if (typeof sql !== 'string') throw new InterfaceError(`The SQL text must be a string, not ${typeof sql}`);
    const style = hasParameters(parameters) ? paramstyle : undefined;
    const readings = this.#young.get(sql) ?? this.#rejuvenate(sql);
    for (const known of readings) {
      if (known.reading.style === style && known.reading.backslashEscapes === backslashEscapes) return known;
    }
    const known = new KnownText(sql, { style, backslashEscapes });
    readings.push(known);
    return known;
  }

  #rejuvenate(sql: string): KnownText[] {
    const readings = this.#old.get(sql) ?? [];
    if (sql.length > maxKeptText) return readings;
    if (this.#young.size >= maxTexts / 2) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(sql, readings);
    return readings;
  }
}
