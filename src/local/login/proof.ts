/**
 * Questions of a login and whether the answers prove a password: one exchange for each way to ask. It knows no user but
 * by name, and never puts a password into a message or an error.
 */
import { randomBytes } from 'node:crypto';
import { AuthenticationError } from '../../errors.js';
import type { PasswordKind } from '../../protocol/frontend.js';
import type { BackendMessage, FrontendMessage } from '../../protocol/messages.js';
import { ScramServer, scramVerifier } from '../../protocol/scram-server.js';
import { LoginRefused } from './refused.js';
import { digestParts, fitsDigest, fitsMd5, fitsPassword, type Verifier } from './verifier.js';

/** The client, as the login sees it. */
export interface LoginPeer {
  /** Messages go out at once; nothing is kept back. */
  send(message: BackendMessage): void;
  /**
   * The next message, decoded with this hint (`decodeFrontend`). Rejects when the client hangs up or says what cannot
   * be read.
   */
  receive(hint: { readonly password?: PasswordKind; readonly digest?: boolean }): Promise<FrontendMessage>;
}

export type PasswordMethod = 'clear' | 'md5' | 'sha256' | 'scram';

/** @throws LoginRefused for an answer to another question */
export async function prove(
  method: PasswordMethod,
  user: string,
  verifier: Verifier,
  peer: LoginPeer,
): Promise<boolean> {
  switch (method) {
    case 'clear': {
      peer.send({ type: 'AuthenticationCleartextPassword' });
      const { password } = await answer(peer, 'PasswordMessage', { password: 'PasswordMessage' });
      return fitsPassword(verifier, user, password);
    }
    case 'md5': {
      const salt = randomBytes(4);
      peer.send({ type: 'AuthenticationMD5Password', salt });
      const { password } = await answer(peer, 'PasswordMessage', { password: 'PasswordMessage' });
      return fitsMd5(verifier, user, salt, password);
    }
    case 'sha256': {
      const { salt, digest } = digestParts(verifier);
      const serverNonce = randomBytes(32);
      peer.send({ type: 'AuthenticationDigest', algorithm: 0, salt, serverNonce });
      const reply = await answer(peer, 'DigestResponse', { digest: true });
      return fitsDigest(digest, serverNonce, reply.clientNonce, reply.digest);
    }
    case 'scram':
      return proveScram(verifier, peer);
  }
}

async function proveScram(verifier: Verifier, peer: LoginPeer): Promise<boolean> {
  // SCRAM's keys come from the password itself; hashes of other kinds cannot stand for it.
  const known = verifier.kind === 'clear';
  const password = known ? verifier.password : randomBytes(24).toString('base64');
  const server = new ScramServer(await scramVerifier(password));
  peer.send({ type: 'AuthenticationSASL', mechanisms: ['SCRAM-SHA-256'] });
  const first = await answer(peer, 'SASLInitialResponse', { password: 'SASLInitialResponse' });
  if (first.mechanism !== 'SCRAM-SHA-256' || first.data === null) {
    throw new LoginRefused('08P01', 'client selected an invalid SASL authentication mechanism');
  }
  try {
    peer.send({ type: 'AuthenticationSASLContinue', data: server.first(first.data) });
    const final = await answer(peer, 'SASLResponse', { password: 'SASLResponse' });
    const data = server.final(final.data);
    if (!known) return false;
    peer.send({ type: 'AuthenticationSASLFinal', data });
    return true;
  } catch (error) {
    if (error instanceof AuthenticationError) return false;
    throw error;
  }
}

/** The client's answer, which has to be of the kind that was asked for. */
export async function answer<Type extends FrontendMessage['type']>(
  peer: LoginPeer,
  type: Type,
  hint: Parameters<LoginPeer['receive']>[0],
): Promise<Extract<FrontendMessage, { type: Type }>> {
  const message = await peer.receive(hint);
  if (message.type !== type) {
    throw new LoginRefused('08P01', `expected password response, got message type ${message.type}`);
  }
  return message as Extract<FrontendMessage, { type: Type }>;
}
