/**
 * The options of a login by their names, with the types that the table of options gives them: what an identity provider's
 * plugin reads. Types only.
 */
import type { Logger } from '../trace.js';
import type { options } from './options.js';
import type { Secret } from './secret.js';

/** What a value of an option is once it has been read; secrets are behind `Secret`. */
type ValueOf<Type> = Type extends { is: 'secret' }
  ? Secret
  : Type extends { is: 'string' | 'file' }
    ? string
    : Type extends { is: 'boolean' }
      ? boolean
      : Type extends { is: 'integer' | 'seconds' | 'bytes' }
        ? number
        : Type extends { is: 'enum'; values: readonly (infer Value)[] }
          ? Value
          : Type extends { is: 'list' }
            ? readonly string[]
            : Type extends { is: 'logger' }
              ? Logger
              : unknown;

/** Options by camelCase name; what was not given is its default, or undefined. */
export type PluginOptions = {
  readonly [Row in (typeof options)[number] as Row['name']]?: ValueOf<Row['type']> | undefined;
};
