/**
 * The error tree of PEP 249, and how a server's SQLSTATE picks a member of it.
 * An error answers questions (`code`, `sqlState`, `retryable`, `sent`, `cause`); nobody has to read its text.
 * No secret and no parameter value ever enters a message here.
 */

/** What every error of this package can tell beside its message. */
export interface ErrorDetails {
  /** What Node code tests for: the SQLSTATE of a server's error, else `ERR_RS_…`. */
  code?: string;
  /** Whether the same call can be expected to succeed when it is made again. */
  retryable?: boolean;
  /** Whether any byte of the statement was sent; undefined where that has no meaning. */
  sent?: boolean;
  cause?: unknown;
}

/** The lines of the box that Redshift draws in the text of many XX000 errors. */
export interface BoxedError {
  readonly error?: string;
  readonly code?: string;
  readonly context?: string;
  readonly query?: string;
  readonly location?: string;
  readonly process?: string;
}

/** Every field of an ErrorResponse (PostgreSQL protocol, "Error and Notice Message Fields"), as the server sent it. */
export interface ServerFields {
  readonly severity?: string;
  readonly sqlState?: string;
  readonly detail?: string;
  readonly hint?: string;
  /** 1-based, in characters of the statement. */
  readonly position?: number;
  readonly internalPosition?: number;
  readonly internalQuery?: string;
  readonly where?: string;
  readonly schema?: string;
  readonly table?: string;
  readonly column?: string;
  readonly dataType?: string;
  readonly constraint?: string;
  readonly file?: string;
  readonly line?: string;
  readonly routine?: string;
  /** Fields whose code no protocol chapter names, by code. */
  readonly otherFields?: Readonly<Record<string, string>>;
  /** Redshift's own number, from the box (`code: 25300`). */
  readonly redshiftCode?: number;
  /** Redshift's query id, from the box; look it up in STL_QUERY or SYS_QUERY_HISTORY. */
  readonly queryId?: string;
  readonly box?: BoxedError;
}

/** A notice (NoticeResponse): a message that is no error, with every field the server sent. */
export interface Notice extends ServerFields {
  readonly message: string;
}

/** Root of the tree (PEP 249 calls it `Error`, which would shadow the global). */
export class RedshiftError extends Error implements ServerFields {
  readonly code: string;
  readonly retryable: boolean;
  declare readonly sent?: boolean;
  // Only errors that the server reported have these; see ServerFields.
  declare readonly severity?: string;
  declare readonly sqlState?: string;
  declare readonly detail?: string;
  declare readonly hint?: string;
  declare readonly position?: number;
  declare readonly internalPosition?: number;
  declare readonly internalQuery?: string;
  declare readonly where?: string;
  declare readonly schema?: string;
  declare readonly table?: string;
  declare readonly column?: string;
  declare readonly dataType?: string;
  declare readonly constraint?: string;
  declare readonly file?: string;
  declare readonly line?: string;
  declare readonly routine?: string;
  declare readonly otherFields?: Readonly<Record<string, string>>;
  declare readonly redshiftCode?: number;
  declare readonly queryId?: string;
  declare readonly box?: BoxedError;
  /** `'unknown'`: a COMMIT was on its way, and nobody knows whether it happened. */
  declare readonly outcome?: 'unknown';

  constructor(message: string, details: ErrorDetails = {}) {
    super(message, 'cause' in details ? { cause: details.cause } : undefined);
    this.code = details.code ?? defaultCode(new.target);
    this.retryable = details.retryable ?? false;
    if (details.sent !== undefined) Object.assign(this, { sent: details.sent });
  }
}

/** SQLSTATE classes 01 and 02 reported as an error. */
export class Warning extends RedshiftError {}

/** The caller or the driver is at fault, not the database. */
export class InterfaceError extends RedshiftError {}
/** An argument or option that cannot work; thrown before a byte is sent. */
export class ArgumentError extends InterfaceError {}
/** The server said something that the protocol does not allow; the connection is destroyed. */
export class ProtocolError extends InterfaceError {}
/** The pool cannot do what was asked: it is closing, or the connection was released. */
export class PoolError extends InterfaceError {}
/** Which step of a login failed: what was given, talking to the identity provider, …, the database's own answer. */
export type LoginStage =
  'options' | 'identity provider' | 'browser' | 'saml' | 'sts' | 'redshift api' | 'token' | 'login';
/** The login was refused, or asked for something that this configuration does not give. */
export class AuthenticationError extends InterfaceError {
  /** The credentials provider that was asked, by its bare name. */
  declare readonly plugin?: string;
  /** Undefined where no credentials provider and no AWS service took part. */
  declare readonly stage?: LoginStage;
  /** @param details `hint` says what to do, as a part of a sentence; it ends the text too, in brackets */
  constructor(
    message: string,
    details: ErrorDetails & {
      plugin?: string | undefined;
      stage?: LoginStage | undefined;
      hint?: string | undefined;
    } = {},
  ) {
    const { plugin, stage, hint } = details;
    super(hint === undefined ? message : `${message} (${hint})`, details);
    if (plugin !== undefined) Object.assign(this, { plugin });
    if (stage !== undefined) Object.assign(this, { stage });
    if (hint !== undefined) Object.assign(this, { hint });
  }
}

/** The database reported it, or a value of the database cannot be handled. */
export class DatabaseError extends RedshiftError {}
/** A value cannot be read, converted or stored. */
export class DataError extends DatabaseError {}
/** Outside the programmer's control: connections, time, resources, conflicts. */
export class OperationalError extends DatabaseError {
  /** A COMMIT was on its way when the call ended: nobody knows what the server did with it. */
  declare readonly outcome?: 'unknown';
  constructor(message: string, details: ErrorDetails & { outcome?: 'unknown' } = {}) {
    super(message, details);
    if (details.outcome !== undefined) Object.assign(this, { outcome: details.outcome });
  }
}
/** A constraint of the database was violated. */
export class IntegrityError extends DatabaseError {}
/** The database found an error of its own. */
export class InternalError extends DatabaseError {}
/** Wrong SQL, wrong names, wrong use of a cursor. */
export class ProgrammingError extends DatabaseError {}
/** Something that this driver or this database does not do. */
export class NotSupportedError extends DatabaseError {}

/** No connection came about: DNS, TCP or TLS. */
export class ConnectError extends OperationalError {}
/** The connection broke after it was ready. `outcome: 'unknown'` when a COMMIT was on its way. */
export class ConnectionLostError extends OperationalError {
  constructor(message: string, details: ErrorDetails & { outcome?: 'unknown' } = {}) {
    super(message, { retryable: details.sent === false, ...details });
  }
}
/** Which wait ran out of time. */
export type TimeoutPhase = 'connect' | 'acquire' | 'query' | 'cancel' | 'close';
/** A bound that the options set was reached. */
export class TimeoutError extends OperationalError {
  readonly phase: TimeoutPhase;
  /** The credentials provider whose login took too long, by its bare name. */
  declare readonly plugin?: string;
  /** What a login was waiting for; undefined where no credentials provider and no AWS service took part. */
  declare readonly stage?: LoginStage;
  constructor(
    message: string,
    details: ErrorDetails & {
      phase: TimeoutPhase;
      outcome?: 'unknown';
      plugin?: string | undefined;
      stage?: LoginStage | undefined;
    },
  ) {
    super(message, details);
    const { phase, plugin, stage } = details;
    this.phase = phase;
    if (plugin !== undefined) Object.assign(this, { plugin });
    if (stage !== undefined) Object.assign(this, { stage });
  }
}
/** The caller's AbortSignal or `cancel()` ended the call; `cause` is the signal's reason. */
export class CancelledError extends OperationalError {}

const codes = new Map<unknown, string>();
const tree: Record<string, new (...args: never[]) => RedshiftError> = {
  RedshiftError,
  Warning,
  InterfaceError,
  ArgumentError,
  ProtocolError,
  PoolError,
  AuthenticationError,
  DatabaseError,
  DataError,
  OperationalError,
  IntegrityError,
  InternalError,
  ProgrammingError,
  NotSupportedError,
  ConnectError,
  ConnectionLostError,
  TimeoutError,
  CancelledError,
};
for (const [name, member] of Object.entries(tree)) {
  // CancelledError is what Node calls an AbortError, and Node code tests for that name.
  const shown = name === 'CancelledError' ? 'AbortError' : name;
  Object.defineProperty(member.prototype, 'name', { value: shown, configurable: true, writable: true });
  const words = name.replace(/Error$/, '').replace(/(?<=[a-z])(?=[A-Z])/g, '_');
  codes.set(member, `ERR_RS_${words.toUpperCase()}`);
}

function defaultCode(member: unknown): string {
  for (let at = member; typeof at === 'function'; at = Object.getPrototypeOf(at) as unknown) {
    const code = codes.get(at);
    if (code !== undefined) return code;
  }
  return 'ERR_RS_REDSHIFT';
}

/** ErrorResponse fields by their code byte, as the protocol lists them. */
const fieldNames: Readonly<Record<string, keyof ServerFields>> = {
  C: 'sqlState',
  D: 'detail',
  H: 'hint',
  P: 'position',
  p: 'internalPosition',
  q: 'internalQuery',
  W: 'where',
  s: 'schema',
  t: 'table',
  c: 'column',
  d: 'dataType',
  n: 'constraint',
  F: 'file',
  L: 'line',
  R: 'routine',
};

/** Reads the fields of an ErrorResponse or NoticeResponse, given by code byte; unknown codes are kept. */
export function serverFields(fields: ReadonlyMap<string, string>): ServerFields & { message: string } {
  const known: Record<string, unknown> = {};
  const other: [string, string][] = [];
  for (const [code, value] of fields) {
    const name = Object.hasOwn(fieldNames, code) ? fieldNames[code] : undefined;
    if (name === 'position' || name === 'internalPosition') {
      if (/^\d{1,15}$/.test(value)) known[name] = Number(value);
    } else if (name !== undefined) known[name] = value;
    else if (code !== 'S' && code !== 'V' && code !== 'M') other.push([code, value]);
  }
  const severity = fields.get('V') ?? fields.get('S');
  if (severity !== undefined) known['severity'] = severity;
  if (other.length > 0) known['otherFields'] = Object.fromEntries(other);
  const message = fields.get('M') ?? '';
  const box = readBox(`${message}\n${fields.get('D') ?? ''}`);
  if (box !== undefined) {
    known['box'] = box;
    if (box.query !== undefined) known['queryId'] = box.query;
    if (box.code !== undefined && /^-?\d+$/.test(box.code)) known['redshiftCode'] = Number(box.code);
  }
  return { ...known, message };
}

/** Redshift reports many execution errors as XX000 with a text box of `name: value` lines. */
function readBox(text: string): BoxedError | undefined {
  const box: Record<string, string> = {};
  let last: string | undefined;
  for (const line of text.split('\n')) {
    const [, name, value] = /^\s*(error|code|context|query|location|process): ?(.*)$/.exec(line) ?? [];
    if (name !== undefined && value !== undefined && !Object.hasOwn(box, name)) {
      box[name] = value.trim();
      last = name;
    } else if (/^\s*-{5,}\s*$/.test(line)) last = undefined;
    else if (last !== undefined && line.trim() !== '') box[last] = `${box[last] ?? ''} ${line.trim()}`;
  }
  return box['code'] !== undefined && (box['error'] !== undefined || box['location'] !== undefined)
    ? box
    : undefined;
}

type ErrorClass = new (message: string, details?: ErrorDetails) => RedshiftError;

/** The table of SQLSTATE classes (the first two characters) in wire-protocol order. */
const sqlStateClasses: Readonly<Record<string, ErrorClass>> = {
  '01': Warning,
  '02': Warning,
  '08': OperationalError,
  '0A': NotSupportedError,
  '20': ProgrammingError,
  '21': ProgrammingError,
  '22': DataError,
  '23': IntegrityError,
  '24': InternalError,
  '25': InternalError,
  '26': OperationalError,
  '27': OperationalError,
  '28': OperationalError,
  '2B': InternalError,
  '2D': InternalError,
  '2F': InternalError,
  '34': OperationalError,
  '38': InternalError,
  '39': InternalError,
  '3B': InternalError,
  '3D': ProgrammingError,
  '3F': ProgrammingError,
  '40': OperationalError,
  '42': ProgrammingError,
  '44': ProgrammingError,
  '53': OperationalError,
  '54': OperationalError,
  '55': OperationalError,
  '57': OperationalError,
  '58': OperationalError,
  F0: InternalError,
  HV: OperationalError,
  P0: InternalError,
  XX: InternalError,
};

/**
 * States after which the same work can be tried again as a whole: serialization failure, deadlock, a server that is
 * starting or stopping, no free connection.
 */
const retryableStates = new Set(['40001', '40P01', '53300', '57P01', '57P02', '57P03', '57P05']);

/**
 * The error that an ErrorResponse stands for. Its class follows the SQLSTATE, except that class 28 during login is an
 * AuthenticationError and that Redshift's XX000 is looked into: serializable conflicts are retryable OperationalErrors
 * (aws/aws-sdk-pandas#665, aws/amazon-redshift-jdbc-driver#147), and so is a time-out that Redshift boxed (code 25300),
 * though that one is not retryable.
 */
export function serverError(
  response: ReadonlyMap<string, string>,
  details: { duringLogin?: boolean; cause?: unknown; sent?: boolean } = {},
): RedshiftError {
  const { message, ...fields } = serverFields(response);
  const sqlState = fields.sqlState ?? '';
  const kind = classify(sqlState, message, fields, details.duringLogin ?? false);
  const hint = sqlState === '25P02' ? ' (call rollback() to end the failed transaction)' : '';
  const error = new kind.member(
    (message === '' ? 'The server reported an error without a text' : message) + hint,
    {
      retryable: kind.retryable,
      ...(sqlState === '' ? {} : { code: sqlState }),
      ...('cause' in details ? { cause: details.cause } : {}),
      ...(details.sent === undefined ? {} : { sent: details.sent }),
    },
  );
  return Object.assign(error, fields);
}

function classify(
  sqlState: string,
  message: string,
  fields: ServerFields,
  duringLogin: boolean,
): { member: ErrorClass; retryable: boolean } {
  const told = `${message}\n${fields.detail ?? ''}`;
  const conflict =
    message === '1023' ||
    told.includes('Serializable isolation violation') ||
    told.includes('could not complete because of conflict with concurrent transaction');
  if (sqlState === 'XX000' && conflict) return { member: OperationalError, retryable: true };
  const timedOut = fields.redshiftCode === 25300 || told.includes('timeout expired');
  if (sqlState === 'XX000' && timedOut) return { member: OperationalError, retryable: false };
  if (duringLogin && sqlState.startsWith('28')) return { member: AuthenticationError, retryable: false };
  const family = sqlState.slice(0, 2);
  const member = Object.hasOwn(sqlStateClasses, family) ? sqlStateClasses[family] : undefined;
  return { member: member ?? DatabaseError, retryable: retryableStates.has(sqlState) };
}
