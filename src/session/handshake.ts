/**
 * The login: startup packet, whatever the server asks for, then its parameters up to the first ReadyForQuery.
 * Codes 0, 3, 5, 10-12 (SCRAM-SHA-256, with channel binding), 13 (Redshift's digest) and 14 (a token). No answer is ever sent to a method
 * that the options did not allow, and none twice.
 */
import { randomBytes } from 'node:crypto';
import type { Login } from '../auth/credentials.js';
import { AuthenticationError, ProtocolError, RedshiftError } from '../errors.js';
import { digestPassword, md5Password, ScramClient } from '../protocol/digest.js';
import type { BackendMessage, FrontendMessage, TransactionStatus } from '../protocol/messages.js';
import type { Channel, Conversation } from './conversation.js';
import { allowMethod, checkDigest, notSupported, type AuthMethod } from './login-methods.js';
import { chooseScram, type ChannelBinding, type LoginChannel } from './scram-binding.js';

export interface HandshakeOptions {
  readonly login: Login;
  readonly parameters: readonly (readonly [string, string])[];
  /** Empty: any. */
  readonly requireAuth: readonly AuthMethod[];
  /** Clear text may be sent: the connection is private, or the user allowed it. */
  readonly mayShowPassword: boolean;
  readonly channelBinding: ChannelBinding;
  readonly channel: LoginChannel;
  /** Hears which method the server asks for, whether it is allowed or not. */
  asked?: (method: AuthMethod) => void;
  /** For tests of byte vectors; 16 random bytes otherwise. */
  readonly nonce?: () => Uint8Array;
  /** Async steps (key derivation) end here when they fail. */
  fail(error: RedshiftError): void;
}

type Phase = 'asked' | 'scram' | 'scram-final' | 'scram-done' | 'answered' | 'accepted';

export class Handshake implements Conversation {
  readonly name = 'login';
  readonly pausable = false;
  readonly lastBlockSent = true;
  readonly described = false;
  readonly began = false;
  readonly held = 0;
  processId = 0;
  secretKey: number | undefined;
  readonly #options: Omit<HandshakeOptions, 'login'>;
  /** Forgotten when the login is over. */
  #login: Login | undefined;
  #phase: Phase = 'asked';
  #scram: ScramClient | undefined;
  #error: RedshiftError | undefined;
  readonly #settle: (error: RedshiftError | undefined) => void;

  constructor(options: HandshakeOptions, settle: (error: RedshiftError | undefined) => void) {
    const { login, ...rest } = options;
    this.#login = login;
    this.#options = rest;
    this.#settle = settle;
  }

  start(channel: Channel): void {
    channel.send([{ type: 'StartupMessage', parameters: this.#options.parameters }]);
  }

  message(message: BackendMessage, channel: Channel): void {
    if (message.type === 'BackendKeyData' && this.#phase === 'accepted' && this.secretKey === undefined) {
      this.processId = message.processId;
      this.secretKey = message.secretKey;
      return;
    }
    // The server knows fewer options or an older minor version; it goes on without them, and so do we.
    if (message.type === 'NegotiateProtocolVersion' && this.#phase === 'asked') return;
    if (this.#error === undefined) this.#authenticate(message, channel);
  }

  rows(): boolean {
    return true;
  }

  failed(error: RedshiftError): void {
    this.#error ??= error;
  }

  ready(_status: TransactionStatus): boolean {
    if (this.#error === undefined && this.#phase !== 'accepted') {
      throw new ProtocolError('The server sent ReadyForQuery before the login was accepted');
    }
    return true;
  }

  /** The password or token, but not where a public name is the same: what the server says of that is no secret. */
  hide(text: string): string {
    const login = this.#login;
    const secret = login?.kind === 'token' ? login.token : login?.password;
    // Redshift's passwords have 8 characters or more (AWS manual, CREATE USER); less would black out words by chance.
    if (secret === undefined || secret.length < 8) return text;
    if (this.#options.parameters.some(([, value]) => value.includes(secret))) return text;
    return text.replaceAll(secret, '***');
  }

  finish(error: RedshiftError | undefined): void {
    this.#login = undefined;
    this.#scram = undefined;
    this.#settle(error ?? this.#error);
  }

  #authenticate(message: BackendMessage, channel: Channel): void {
    switch (message.type) {
      case 'AuthenticationOk':
        return this.#accepted();
      case 'AuthenticationCleartextPassword':
        this.#begin('password');
        if (!this.#options.mayShowPassword) {
          throw new AuthenticationError(
            'The server asks for the password in clear text and the connection is not encrypted. Use TLS (sslmode), or set allowCleartextPassword to send it all the same',
          );
        }
        return this.#answer(channel, { type: 'PasswordMessage', password: this.#password() });
      case 'AuthenticationMD5Password':
        this.#begin('md5');
        return this.#answer(channel, {
          type: 'PasswordMessage',
          password: md5Password(this.#login?.user ?? '', this.#password(), message.salt),
        });
      case 'AuthenticationDigest':
        this.#begin('sha256');
        return this.#digest(message, channel);
      case 'AuthenticationIdpToken':
        this.#begin('token');
        return this.#answer(channel, { type: 'IdpTokenMessage', token: this.#token() });
      case 'AuthenticationSASL':
        this.#begin('scram-sha-256');
        return this.#scramFirst(message.mechanisms, channel);
      case 'AuthenticationSASLContinue':
        this.#expectPhase('scram', message.type);
        this.#phase = 'answered';
        void this.#scramContinue(message.data, channel);
        return;
      case 'AuthenticationSASLFinal':
        this.#expectPhase('scram-final', message.type);
        this.#scram?.verify(message.data);
        this.#phase = 'scram-done';
        return;
      case 'AuthenticationOther':
        throw notSupported(message.code);
      default:
        throw new ProtocolError(`The server sent ${message.type} during the login`);
    }
  }

  #accepted(): void {
    if (this.#phase === 'accepted') throw new ProtocolError('The server accepted the login twice');
    if (this.#phase !== 'answered' && this.#phase !== 'scram-done' && this.#phase !== 'asked') {
      throw new AuthenticationError(
        'The server accepted the login before it had proven that it knows the password (SCRAM-SHA-256); it may be an impostor',
      );
    }
    if (this.#phase === 'answered' && this.#scram !== undefined) {
      throw new AuthenticationError(
        'The server accepted the login in the middle of SCRAM-SHA-256; it may be an impostor',
      );
    }
    if (this.#phase === 'asked') this.#allow('none');
    this.#phase = 'accepted';
  }

  /** A method is asked for once, first thing. */
  #begin(method: AuthMethod): void {
    if (this.#phase !== 'asked')
      throw new ProtocolError(`The server asks for login method ${method} after another one`);
    this.#allow(method);
  }

  #expectPhase(phase: Phase, type: string): void {
    if (this.#phase !== phase)
      throw new ProtocolError(`The server sent ${type} at the wrong moment of the login`);
  }

  #allow(method: AuthMethod): void {
    this.#options.asked?.(method);
    allowMethod(method, this.#options.requireAuth, this.#options.channelBinding);
  }

  #answer(channel: Channel, message: FrontendMessage): void {
    this.#phase = 'answered';
    channel.send([message]);
  }

  #password(): string {
    const login = this.#login;
    const password = login?.kind === 'password' ? login.password : undefined;
    if (password === undefined || password === '') {
      throw new AuthenticationError(
        'The server asks for a password and none was given; set the option password',
      );
    }
    return password;
  }

  #token(): string {
    const login = this.#login;
    if (login?.kind !== 'token') {
      throw new AuthenticationError(
        'The server asks for the token of an identity provider and none was given; set the option token',
      );
    }
    return login.token;
  }

  #digest(message: Extract<BackendMessage, { type: 'AuthenticationDigest' }>, channel: Channel): void {
    checkDigest(message);
    const clientNonce = this.#options.nonce?.() ?? randomBytes(16);
    const digest = digestPassword(this.#password(), message.salt, message.serverNonce, clientNonce);
    this.#answer(channel, { type: 'DigestResponse', digest, clientNonce });
  }

  #scramFirst(mechanisms: readonly string[], channel: Channel): void {
    const { channelBinding, channel: pipe } = this.#options;
    const binding = chooseScram(mechanisms, channelBinding, pipe);
    const scram = new ScramClient(this.#password(), undefined, '', binding);
    this.#scram = scram;
    this.#phase = 'scram';
    channel.send([{ type: 'SASLInitialResponse', mechanism: scram.mechanism, data: scram.first() }]);
  }

  async #scramContinue(data: Uint8Array, channel: Channel): Promise<void> {
    try {
      const final = await this.#scram?.final(data);
      if (final === undefined || this.#error !== undefined) return;
      this.#phase = 'scram-final';
      channel.send([{ type: 'SASLResponse', data: final }]);
    } catch (error) {
      this.#options.fail(
        error instanceof RedshiftError
          ? error
          : new AuthenticationError('SCRAM-SHA-256 failed', { cause: error }),
      );
    }
  }
}
