/** Secrets that can be told apart. A secret option that is added to the table of options has one by itself. */
import { options } from '../src/config/options.js';

/** The secret options of the table, each with a value of its own. */
export function plantedSecrets(): Map<string, string> {
  const planted = new Map<string, string>();
  for (const { name, type } of options) {
    // A URL is made of the others; where it cannot be read it is a secret as a whole.
    if (type.is === 'secret' && name !== 'url') planted.set(name, `Pl4nted-${name}-&é/?#@ 7Kq`);
  }
  return planted;
}
