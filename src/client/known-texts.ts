/**
 * What is known of SQL texts that were run before: their markers and their kind, so that each is read once. The
 * connections of a pool share one. It holds no values, and nothing of a server.
 */
import { InterfaceError } from '../errors.js';
import {
  hasParameters,
  parsePlaceholders,
  type Parameters,
  type Paramstyle,
  type PlaceholderTemplate,
} from '../sql/placeholders.js';
import { statementKind, type StatementKind } from '../sql/statements.js';

/** Texts that are remembered; the one that was not used for longest goes first. */
const maxTexts = 1000;
/** A text longer than this is read again each time rather than kept. */
const maxKeptText = 64 * 1024;

interface KnownText {
  /** Undefined: it is run without parameters, so nobody looked for markers. */
  readonly template: PlaceholderTemplate | undefined;
  readonly kind: StatementKind;
}

/** A text and the values for its markers, in the order of `$1, $2 …`. */
export interface BoundText extends KnownText {
  readonly values: readonly unknown[];
}

export class KnownTexts {
  readonly #texts = new Map<string, KnownText>();

  /**
   * Reads a text; markers are looked for only when there are parameters.
   *
   * @throws InterfaceError for what is no text; ProgrammingError when markers and parameters do not fit each other
   */
  bind(
    sql: string,
    parameters: Parameters | null | undefined,
    style: Paramstyle,
    lexOptions: { readonly backslashEscapes: boolean },
  ): BoundText {
    if (typeof sql !== 'string') throw new InterfaceError(`The SQL text must be a string, not ${typeof sql}`);
    const given = hasParameters(parameters);
    const key = `${given ? style : ''} ${String(lexOptions.backslashEscapes)} ${sql}`;
    let found = this.#texts.get(key);
    if (found === undefined) {
      found = {
        template: given ? parsePlaceholders(sql, style, lexOptions) : undefined,
        kind: statementKind(sql, lexOptions),
      };
    } else this.#texts.delete(key);
    if (sql.length <= maxKeptText) this.#texts.set(key, found);
    if (this.#texts.size > maxTexts) {
      for (const oldest of this.#texts.keys()) {
        this.#texts.delete(oldest);
        break;
      }
    }
    return { ...found, values: given && found.template !== undefined ? found.template.bind(parameters) : [] };
  }
}
