/**
 * Promise P7 for every test file: each error that the driver makes, in whatever test, is searched for the passwords
 * that tests log in with. Errors that a test never looks at are searched too.
 */
import { afterEach, expect } from 'vitest';
import { RedshiftError } from '../src/errors.js';
import { SecretSearch } from './secret-search.js';

/** Tests that log in with a password use one of these, so that it is recognised where it should not be. */
export const usualPasswords = ['Secret1!', 'LocalRedshift1', 'Secret12', 'Clear123', 'Clear124', 'Wrong123'];

const search = new SecretSearch(usualPasswords.map((password) => [password, password]));

/** So many of one test are searched; fuzzers make the same error very often. */
const most = 50;
let made: Error[] = [];

class Recorded extends Error {
  constructor(message?: string, options?: ErrorOptions) {
    super(message, options);
    if (made.length < most) made.push(this);
  }
}
// super() asks for the prototype of the class at the time of the call, so all kinds of errors pass through here.
Object.setPrototypeOf(RedshiftError, Recorded);

afterEach(() => {
  const searched = made;
  made = [];
  expect(searched.flatMap((error) => search.inValue(error, `${error.name}: ${error.message}`))).toEqual([]);
});
