import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ProtocolError } from '../../../src/errors.js';
import { describeMessage } from '../../../src/protocol/describe.js';
import { FrontendFramer } from '../../../src/protocol/frontend-framing.js';
import { decodeFrontend, encodeFrontendAll } from '../../../src/protocol/frontend.js';
import type { FrontendMessage } from '../../../src/protocol/messages.js';
import { bytes } from './hex.js';

const said: FrontendMessage[] = [
  { type: 'SSLRequest' },
  { type: 'GSSENCRequest' },
  { type: 'StartupMessage', parameters: [['user', 'alice']] },
  { type: 'PasswordMessage', password: 'x' },
  { type: 'Parse', statement: '', sql: 'select $1', parameterOids: [23] },
  { type: 'Sync' },
  { type: 'Query', sql: 'select 1; select 2' },
  { type: 'Terminate' },
];

function listen(limit?: number): { framer: FrontendFramer; lines: string[] } {
  const lines: string[] = [];
  const framer = new FrontendFramer(
    {
      startup: (message) => lines.push(describeMessage(message)),
      message: (type, body) => lines.push(describeMessage(decodeFrontend(type, body))),
    },
    limit,
  );
  return { framer, lines };
}

describe('FrontendFramer', () => {
  const stream = encodeFrontendAll(said);
  const expected = said.map((message) => describeMessage(message));

  it('delivers the same messages wherever the chunks were cut', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: stream.length })), (cuts) => {
        const { framer, lines } = listen();
        const at = [0, ...cuts.toSorted((a, b) => a - b), stream.length];
        for (let i = 1; i < at.length; i++) framer.push(stream.subarray(at[i - 1], at[i]));
        expect(lines).toEqual(expected);
        expect(framer.partial).toBe(false);
      }),
    );
    const { framer, lines } = listen();
    for (const byte of stream) framer.push(Uint8Array.of(byte));
    expect(lines).toEqual(expected);
  });

  it('takes a CancelRequest', () => {
    const { framer, lines } = listen();
    framer.push(encodeFrontendAll([{ type: 'CancelRequest', processId: 1, secretKey: 2 }]));
    expect(lines).toEqual(['CancelRequest processId=1 secretKey=***']);
  });

  it.each([
    ['a startup packet over 10,000 bytes', '00002711'],
    ['a startup packet without a code', '00000004'],
    ['a negative length', 'ffffffff'],
    ['HTTP', '"GET / HTTP/1.1"'],
    ['another version', '00000008 00020000'],
  ])('refuses %s', (_, packet) => {
    const { framer } = listen();
    expect(() => framer.push(bytes(packet))).toThrow(ProtocolError);
    expect(() => framer.push(bytes(packet))).not.toThrow();
  });

  it.each([
    ['an unknown type', '"R"'],
    ['a short length', '"Q" 00000003'],
    ['a length over the limit', '"Q" 00000401'],
    ['a function call', '"F" 00000004'],
  ])('refuses %s behind the startup', (_, message) => {
    const { framer } = listen(1024);
    framer.push(encodeFrontendAll([{ type: 'StartupMessage', parameters: [] }]));
    expect(() => framer.push(bytes(message))).toThrow(ProtocolError);
  });
});
