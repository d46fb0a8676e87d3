/**
 * What the server reports of itself (ParameterStatus), the last value of a name counts. Values that our decoders could
 * not live with end the session at once, named (reliability: refuse rather than guess).
 */
import { ProtocolError } from '../errors.js';

/** More names than any server has; a flood of invented ones must not fill the memory. */
const maxNames = 1000;
/** Characters of all names and values; all that a server tells takes a few thousand. */
const maxText = 1024 * 1024;

/** What a result needs to know of the server, taken when it is described. */
export interface ServerParameters {
  readonly dialect: 'redshift' | 'postgresql';
  /** server_protocol_version; 0 when the server told none. */
  readonly protocolVersion: number;
  /** The session's TimeZone; empty when the server did not report it. */
  readonly timeZone: string;
}

export class ParameterStatuses {
  readonly #values = new Map<string, string>();
  readonly #dialect: 'redshift' | 'postgresql';
  #server: ServerParameters;
  #text = 0;

  constructor(dialect: 'redshift' | 'postgresql') {
    this.#dialect = dialect;
    this.#server = { dialect, protocolVersion: 0, timeZone: '' };
  }

  get values(): ReadonlyMap<string, string> {
    return this.#values;
  }

  get server(): ServerParameters {
    return this.#server;
  }

  /** Redshift reads `\` as an escape in ordinary literals; PostgreSQL only with standard_conforming_strings off. */
  get backslashEscapes(): boolean {
    return this.#dialect === 'redshift' || this.#values.get('standard_conforming_strings') === 'off';
  }

  /** @throws ProtocolError naming the parameter when its value would make us read results wrongly. */
  set(name: string, value: string): void {
    check(name, value);
    this.#keep(name, value);
    if (name === 'server_protocol_version') {
      this.#server = { ...this.#server, protocolVersion: version(value) };
    } else if (name === 'TimeZone') this.#server = { ...this.#server, timeZone: value };
  }

  #keep(name: string, value: string): void {
    const before = this.#values.get(name);
    if (before === undefined && this.#values.size >= maxNames) return;
    const text = this.#text + value.length - (before === undefined ? -name.length : before.length);
    if (text > maxText) return;
    this.#text = text;
    this.#values.set(name, value);
  }
}

function version(value: string): number {
  if (!/^\d{1,4}$/.test(value)) {
    throw new ProtocolError(
      `The server reports server_protocol_version ${JSON.stringify(value.slice(0, 20))}, which is no number`,
    );
  }
  return Number(value);
}

function check(name: string, value: string): void {
  const refuse = (wanted: string): never => {
    throw new ProtocolError(
      `The server reports ${name} ${JSON.stringify(value.slice(0, 40))}; this driver can only work with ${wanted}`,
    );
  };
  switch (name) {
    case 'client_encoding':
      // UNICODE is Redshift's name of UTF8.
      if (!/^["']?(UTF-?8|UNICODE)["']?$/i.test(value)) refuse('UTF8');
      break;
    case 'DateStyle':
      if (!/^ISO\b/i.test(value)) refuse('ISO');
      break;
    case 'integer_datetimes':
      if (value !== 'on') refuse('on');
      break;
    case 'datashare_enabled':
    case 'external_database':
      if (value !== 'on' && value !== 'off') refuse('on or off');
      break;
  }
}
