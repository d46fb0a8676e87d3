/**
 * Which SCRAM mechanism a login takes, and what it says of channel binding (RFC 5802, section 6; PostgreSQL manual,
 * "SASL Authentication"). The choice follows libpq's channel_binding; it is never a weaker one than the option allows.
 */
import { AuthenticationError, NotSupportedError } from '../errors.js';
import { serverEndPoint } from '../protocol/channel-binding.js';
import type { ScramBinding } from '../protocol/digest.js';

/** `require`: no login but SCRAM-SHA-256-PLUS, `prefer`: that where server and certificate allow it, `disable`: never. */
export type ChannelBinding = 'disable' | 'prefer' | 'require';

/** What the login runs over. */
export interface LoginChannel {
  readonly secure: boolean;
  /** The server's certificate as DER. */
  readonly certificate?: Uint8Array | undefined;
}

const plus = 'SCRAM-SHA-256-PLUS';

/** @throws AuthenticationError or NotSupportedError when nothing on offer is good enough */
export function chooseScram(
  offered: readonly string[],
  wanted: ChannelBinding,
  channel: LoginChannel,
): ScramBinding {
  if (!channel.secure && offered.includes(plus)) {
    // As libpq: such a server believes in a TLS connection that is not ours.
    throw new AuthenticationError(
      `The server offers ${plus} on a connection without TLS; somebody may stand in between`,
    );
  }
  if (offered.includes(plus) && wanted !== 'disable') {
    const endPoint = channel.certificate === undefined ? undefined : serverEndPoint(channel.certificate);
    if (endPoint !== undefined) return { kind: 'bound', endPoint };
    if (wanted === 'require') {
      throw new AuthenticationError(
        `channelBinding 'require': the server's certificate is signed in a way that gives no tls-server-end-point (Ed25519, for example), so the login cannot be bound to it`,
      );
    }
  }
  if (wanted === 'require') throw cannotBind(`the login methods ${list(offered)}`);
  if (!offered.includes('SCRAM-SHA-256')) {
    throw new NotSupportedError(
      `The server offers the login methods ${list(offered)}; this driver has SCRAM-SHA-256 and ${plus}`,
    );
  }
  // 'y' would say that the server made no offer, and a server that did would end the login.
  const couldBind = channel.secure && wanted === 'prefer' && !offered.includes(plus);
  return { kind: couldBind ? 'not-offered' : 'unable' };
}

/** For a login that knows no channel binding where the option demands it (CVE-2025-49146: pgjdbc let it pass). */
export function cannotBind(asked: string): AuthenticationError {
  return new AuthenticationError(`channelBinding 'require' needs ${plus}, but the server asks for ${asked}`);
}

/** Names come from a server that nobody knows yet: few, short, printable. */
function list(names: readonly string[]): string {
  const shown = names.slice(0, 5).map((name) => name.replace(/[^\x21-\x7e]/g, '?').slice(0, 40));
  return names.length > shown.length ? `${shown.join(', ')} …` : shown.join(', ');
}
