/**
 * Transcripts: a dialogue of client and server, one message a line.
 *
 *   # a comment, best with the source
 *   > Parse sql="select $1" parameterOids=[23]     the client says it (keys that are left out are empty)
 *   > Bind statement=$s values=[*] ...              $s: any value, but the same everywhere; *: any; ...: further keys may be anything
 *   < ParseComplete                                 the server says it
 *   ! login [version]                               the usual login without a password; server_protocol_version 2 unless given
 *   ! scram "password"    ! digest "password"       those logins, checked
 *   ! tls                                           SSLRequest, answered `S`, and the handshake
 *   ! version 1                                     server_protocol_version in force, when no ParameterStatus told it
 *   ! repeat 1000                                   how often the server says the next line
 *   ! raw \x00ff                                    bytes as they are; also as text: ! raw "HTTP/1.1"
 *   ! split 3                                       from here on the server's bytes come in pieces of 3; 0: as they are
 *   ! wait 50                                       milliseconds
 *   ! await 2                                       until connection 2 was played to its end
 *   ! cut   ! reset   ! halfclose                   FIN and deaf; RST; FIN and still listening
 *   ! silence                                       nothing more is said, whatever the client says
 *   ! connection                                    what follows belongs to the next connection
 */
import { parseLine } from '../../src/protocol/describe-line.js';
import { parseMessage } from '../../src/protocol/describe.js';
import type { BackendMessage } from '../../src/protocol/messages.js';

export type Step = { readonly line: number } & (
  | { readonly does: 'expect'; readonly pattern: string }
  | { readonly does: 'say'; readonly message: BackendMessage; readonly times: number }
  | { readonly does: 'raw'; readonly bytes: Uint8Array }
  | { readonly does: 'scram' | 'digest'; readonly password: string }
  | { readonly does: 'version' | 'split' | 'wait' | 'await'; readonly value: number }
  | { readonly does: 'tls' | 'cut' | 'reset' | 'halfclose' | 'silence' }
);

/** Steps of each connection, in the order in which the connections come. */
export type Transcript = readonly (readonly Step[])[];

/** What a server says between the start of a session and the first ReadyForQuery: what drivers insist on (client_encoding and the like). */
export function loginLines(version: number, processId = 4711, secretKey = 815): string[] {
  return [
    '> StartupMessage ...',
    '< AuthenticationOk',
    '< ParameterStatus name="client_encoding" value="UTF8"',
    '< ParameterStatus name="DateStyle" value="ISO, MDY"',
    '< ParameterStatus name="integer_datetimes" value="on"',
    '< ParameterStatus name="server_version" value="8.0.2"',
    '< ParameterStatus name="TimeZone" value="UTC"',
    `< ParameterStatus name="server_protocol_version" value="${String(version)}"`,
    `< BackendKeyData processId=${String(processId)} secretKey=${String(secretKey)}`,
    '< ReadyForQuery status="I"',
  ];
}

/** @throws Error that names the line which cannot be read */
export function parseTranscript(text: string): Transcript {
  const connections: Step[][] = [[]];
  let times = 1;
  for (const [index, written] of text.split('\n').entries()) {
    const line = index + 1;
    const trimmed = written.trim();
    if (trimmed === '' || trimmed.startsWith('#')) continue;
    try {
      if (trimmed === '! connection') connections.push([]);
      else if (trimmed.startsWith('! repeat ')) times = natural(trimmed.slice(9));
      else {
        connections.at(-1)!.push(...parseStep(trimmed, line, times));
        times = 1;
      }
    } catch (cause) {
      throw new Error(`Line ${String(line)} of the transcript: ${(cause as Error).message}\n  ${trimmed}`, {
        cause,
      });
    }
  }
  return connections;
}

function parseStep(written: string, line: number, times: number): Step[] {
  const rest = written.slice(1).trim();
  switch (written.charAt(0)) {
    case '>':
      parseLine(rest);
      return [{ line, does: 'expect', pattern: rest }];
    case '<':
      return [{ line, does: 'say', message: parseMessage(rest) as BackendMessage, times }];
    case '!':
      return parseDirective(rest, line);
    default:
      throw new Error('a line begins with >, <, ! or #');
  }
}

function parseDirective(written: string, line: number): Step[] {
  const [, does = '', value = ''] = /^(\S+)\s*(.*)$/.exec(written) ?? [];
  switch (does) {
    case 'login':
      return loginLines(value === '' ? 2 : natural(value)).flatMap((each) => parseStep(each, line, 1));
    case 'scram':
    case 'digest':
      return [{ line, does, password: JSON.parse(value) as string }];
    case 'version':
    case 'split':
    case 'wait':
    case 'await':
      return [{ line, does, value: natural(value) }];
    case 'raw':
      return [{ line, does, bytes: rawBytes(value) }];
    case 'tls':
    case 'cut':
    case 'reset':
    case 'halfclose':
    case 'silence':
      if (value !== '') throw new Error(`${does} takes nothing`);
      return [{ line, does }];
    default:
      throw new Error(`there is no directive ${JSON.stringify(does)}`);
  }
}

function natural(text: string): number {
  if (!/^\d+$/.test(text)) throw new Error(`a number is expected, not ${JSON.stringify(text)}`);
  return Number(text);
}

/** `\x00ff` or a JSON text. */
export function rawBytes(written: string): Uint8Array {
  const message = parseMessage(`CopyData data=${written}`);
  return message.type === 'CopyData' ? message.data : new Uint8Array();
}
