/**
 * Whether an error of the AWS SDK tells what AWS said, or what its parser made of an answer that is none of AWS: a
 * proxy's page, say. A parser's message shows pieces of what it could not read, and an answer may hold a password.
 */

/** Instead of such a message. */
export const unreadable = 'the answer is not one of AWS';
/** What to do about it; the option that names the endpoint comes first. */
export const otherAnswerer = (option: string): string =>
  `does something else answer, a proxy perhaps? check ${option} and proxy`;

/** @param status of HTTP, if there was an answer: an error although AWS said that all is well could not be read either */
export function isAnswerOfAws(error: Error, status?: number): boolean {
  if (status !== undefined && status < 300) return false;
  // The last is what it makes of an answer without a word.
  return (
    error.name !== 'SyntaxError' && !/deserialization/i.test(error.message) && error.message !== 'Unknown'
  );
}
