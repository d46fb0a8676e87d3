/**
 * Every message of the protocol as a value, in both directions. `frontend.ts` and `backend.ts` turn them into bytes and
 * back. Names are those of the PostgreSQL protocol chapters; what only Redshift says is named after what it carries.
 */

/** How a value is written: 0 text, 1 binary. */
export type Format = 0 | 1;

/** What the fields of a RowDescription carry in addition when server_protocol_version >= 1; names are empty for expressions. */
export interface ExtendedFieldMetadata {
  readonly schema: string;
  readonly table: string;
  readonly column: string;
  readonly catalog: string;
  /** The int16 as sent: 0x0001 NOT NULL, 0x0002 case sensitive (version 3), 0x0010 identity, 0x0100 read only, 0x1000 searchable. */
  readonly flags: number;
}

export interface FieldDescription {
  readonly name: string;
  readonly tableOid: number;
  /** 0 for an expression. */
  readonly attributeNumber: number;
  readonly typeOid: number;
  /** Bytes; -1 variable. */
  readonly typeSize: number;
  /** -1 unknown. */
  readonly typeModifier: number;
  readonly format: Format;
  readonly extended?: ExtendedFieldMetadata;
}

export type TransactionStatus = 'I' | 'T' | 'E';

export type BackendMessage =
  | { readonly type: 'AuthenticationOk' }
  | { readonly type: 'AuthenticationCleartextPassword' }
  | { readonly type: 'AuthenticationMD5Password'; readonly salt: Uint8Array }
  | { readonly type: 'AuthenticationSASL'; readonly mechanisms: readonly string[] }
  | { readonly type: 'AuthenticationSASLContinue'; readonly data: Uint8Array }
  | { readonly type: 'AuthenticationSASLFinal'; readonly data: Uint8Array }
  /** Redshift, code 13: `algorithm` 0 is SHA-256, 1 scrypt, 2 Argon2. */
  | {
      readonly type: 'AuthenticationDigest';
      readonly algorithm: number;
      readonly salt: Uint8Array;
      readonly serverNonce: Uint8Array;
    }
  /** Redshift, code 14: the token of an identity provider. */
  | { readonly type: 'AuthenticationIdpToken' }
  /** Any other code, its body untouched: Kerberos, crypt, SCM, GSS, SSPI (and Redshift's 10-12 when they are not SASL). */
  | { readonly type: 'AuthenticationOther'; readonly code: number; readonly data: Uint8Array }
  | { readonly type: 'ParameterStatus'; readonly name: string; readonly value: string }
  | { readonly type: 'BackendKeyData'; readonly processId: number; readonly secretKey: number }
  | { readonly type: 'ReadyForQuery'; readonly status: TransactionStatus }
  | { readonly type: 'ParseComplete' }
  | { readonly type: 'BindComplete' }
  | { readonly type: 'CloseComplete' }
  | { readonly type: 'NoData' }
  | { readonly type: 'PortalSuspended' }
  | { readonly type: 'EmptyQueryResponse' }
  | { readonly type: 'ParameterDescription'; readonly typeOids: readonly number[] }
  | { readonly type: 'RowDescription'; readonly fields: readonly FieldDescription[] }
  | { readonly type: 'DataRow'; readonly values: readonly (Uint8Array | null)[] }
  | { readonly type: 'CommandComplete'; readonly tag: string }
  /** Fields by their code byte ('S', 'C', 'M', …); the first of a repeated code counts. */
  | { readonly type: 'ErrorResponse'; readonly fields: ReadonlyMap<string, string> }
  | { readonly type: 'NoticeResponse'; readonly fields: ReadonlyMap<string, string> }
  | {
      readonly type: 'NotificationResponse';
      readonly processId: number;
      readonly channel: string;
      readonly payload: string;
    }
  | { readonly type: 'CopyInResponse'; readonly format: Format; readonly columnFormats: readonly Format[] }
  | { readonly type: 'CopyOutResponse'; readonly format: Format; readonly columnFormats: readonly Format[] }
  | { readonly type: 'CopyBothResponse'; readonly format: Format; readonly columnFormats: readonly Format[] }
  | { readonly type: 'CopyData'; readonly data: Uint8Array }
  | { readonly type: 'CopyDone' }
  | { readonly type: 'NegotiateProtocolVersion'; readonly minor: number; readonly options: readonly string[] }
  /** Redshift: which of the offered compression algorithms it took (`z`), a codec change (`k`), a compressed block (`m`). We offer none. */
  | { readonly type: 'CompressionAcknowledge'; readonly data: Uint8Array }
  | { readonly type: 'CompressionSet'; readonly data: Uint8Array }
  | { readonly type: 'CompressedData'; readonly data: Uint8Array };

export type FrontendMessage =
  | { readonly type: 'SSLRequest' }
  /** Asks for Kerberos encryption, as libpq does when it holds a ticket; this driver never does, a server answers `N`. */
  | { readonly type: 'GSSENCRequest' }
  | { readonly type: 'CancelRequest'; readonly processId: number; readonly secretKey: number }
  /** Keys and values in the order they are sent; protocol 3.0. */
  | { readonly type: 'StartupMessage'; readonly parameters: readonly (readonly [string, string])[] }
  | { readonly type: 'PasswordMessage'; readonly password: string }
  | { readonly type: 'SASLInitialResponse'; readonly mechanism: string; readonly data: Uint8Array | null }
  | { readonly type: 'SASLResponse'; readonly data: Uint8Array }
  /** Redshift, the answer to code 13. */
  | { readonly type: 'DigestResponse'; readonly digest: Uint8Array; readonly clientNonce: Uint8Array }
  /** Redshift, the answer to code 14; sent with one zero byte behind the token. */
  | { readonly type: 'IdpTokenMessage'; readonly token: string }
  | { readonly type: 'Query'; readonly sql: string }
  | {
      readonly type: 'Parse';
      readonly statement: string;
      readonly sql: string;
      readonly parameterOids: readonly number[];
    }
  | {
      readonly type: 'Bind';
      readonly portal: string;
      readonly statement: string;
      /** Empty: all text; one: for all; else one each. */
      readonly parameterFormats: ArrayLike<number>;
      readonly values: readonly (Uint8Array | null)[];
      /** Empty: all text; one: for all; else one each. */
      readonly resultFormats: ArrayLike<number>;
    }
  | { readonly type: 'Describe'; readonly target: 'statement' | 'portal'; readonly name: string }
  | { readonly type: 'Execute'; readonly portal: string; readonly maxRows: number }
  | { readonly type: 'Close'; readonly target: 'statement' | 'portal'; readonly name: string }
  | { readonly type: 'Sync' }
  | { readonly type: 'Flush' }
  | { readonly type: 'CopyFail'; readonly reason: string }
  | { readonly type: 'CopyData'; readonly data: Uint8Array }
  | { readonly type: 'CopyDone' }
  | { readonly type: 'Terminate' };

/** Parameters as Bind carries them: an int32 length (-1: NULL) and the bytes, one value after the other. */
export interface PackedValues {
  readonly count: number;
  /** In all pieces together. */
  readonly bytes: number;
  readonly pieces: readonly Uint8Array[];
}

/** A Bind whose values were written by whoever has them, for many rows at a time; on the wire it is a Bind like any other. */
export interface PackedBind {
  readonly type: 'PackedBind';
  readonly statement: string;
  /** As in Bind. */
  readonly parameterFormats: ArrayLike<number>;
  readonly values: PackedValues;
}

/** What can be sent. */
export type OutgoingMessage = FrontendMessage | PackedBind;
