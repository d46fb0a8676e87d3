/** How large one parameter can be. Checked before memory is taken for its bytes. */
import { ArgumentError } from '../errors.js';

/** The most that one message of the protocol can hold. */
const maxBytes = 0x3fff_fffe;

/** In text, bytes are two digits each, and no string of the engine is longer than 2^29 - 24. */
const maxHexBytes = 0x0fff_fff0;

/** @param what the parameter, for the message. @throws ArgumentError for a text that no message can hold */
export function checkTextSize(text: string, what: string): void {
  // Three bytes a UTF-16 unit is the most that UTF-8 takes.
  if (text.length * 3 > maxBytes && Buffer.byteLength(text) > maxBytes) throw tooLarge(what);
}

/** @throws ArgumentError for bytes whose hexadecimal text cannot be made */
export function checkHexSize(bytes: number, what: string): void {
  if (bytes > maxHexBytes) throw tooLarge(what);
}

function tooLarge(what: string): ArgumentError {
  return new ArgumentError(`${what} is larger than one value can be sent. Send the data in parts`);
}
