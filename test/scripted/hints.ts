/** Which of the messages that share a type byte a client means: known from what it was asked for last. */
import { decodeFrontend, type PasswordKind } from '../../src/protocol/frontend.js';
import type { BackendMessage, FrontendMessage } from '../../src/protocol/messages.js';

export class LoginHints {
  #password: PasswordKind = 'PasswordMessage';
  #digest = false;

  /** The server said this. */
  note(message: BackendMessage): void {
    if (!message.type.startsWith('Authentication')) return;
    this.#digest = message.type === 'AuthenticationDigest';
    if (message.type === 'AuthenticationSASL') this.#password = 'SASLInitialResponse';
    else if (message.type === 'AuthenticationSASLContinue') this.#password = 'SASLResponse';
    else this.#password = 'PasswordMessage';
  }

  decode(type: number, body: Uint8Array): FrontendMessage {
    return decodeFrontend(type, body, { password: this.#password, digest: this.#digest });
  }
}
