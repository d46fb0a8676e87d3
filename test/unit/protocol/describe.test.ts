import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ArgumentError } from '../../../src/errors.js';
import { describeMessage, parseMessage, type Message } from '../../../src/protocol/describe.js';
import { anyBackend, anyFrontend, column } from './arbitraries.js';
import { bytes } from './hex.js';

describe('describeMessage', () => {
  it.each<[Message, string]>([
    [
      { type: 'Parse', statement: 's1', sql: 'select 1', parameterOids: [23] },
      'Parse statement="s1" sql="select 1" parameterOids=[23]',
    ],
    [
      { type: 'DataRow', values: [bytes('"1"'), null, bytes('00000001'), new Uint8Array()] },
      'DataRow values=["1",null,\\x00000001,""]',
    ],
    [
      {
        type: 'ErrorResponse',
        fields: new Map([
          ['S', 'ERROR'],
          ['C', '42601'],
          ['M', 'syntax error'],
        ]),
      },
      'ErrorResponse S="ERROR" C="42601" M="syntax error"',
    ],
    [
      {
        type: 'StartupMessage',
        parameters: [
          ['user', 'alice'],
          ['a key', ''],
        ],
      },
      'StartupMessage user="alice" "a key"=""',
    ],
    [
      {
        type: 'Bind',
        portal: '',
        statement: 's1',
        parameterFormats: Uint8Array.of(0),
        values: [bytes('"å\\n"')],
        resultFormats: [1],
      },
      'Bind portal="" statement="s1" parameterFormats=[0] values=["å\\\\n"] resultFormats=[1]',
    ],
    [{ type: 'Sync' }, 'Sync'],
    [{ type: 'ReadyForQuery', status: 'I' }, 'ReadyForQuery status="I"'],
    [
      {
        type: 'RowDescription',
        fields: [
          {
            name: 'id',
            tableOid: 0,
            attributeNumber: 0,
            typeOid: 23,
            typeSize: 4,
            typeModifier: -1,
            format: 0,
          },
        ],
      },
      'RowDescription fields=[{"name":"id","typeOid":23,"typeSize":4}]',
    ],
  ])('says %j', (message, line) => {
    expect(describeMessage(message)).toBe(line);
  });

  it('keeps secrets to itself', () => {
    const secret = bytes('"planted"');
    const messages: Message[] = [
      { type: 'PasswordMessage', password: 'planted' },
      { type: 'IdpTokenMessage', token: 'planted' },
      { type: 'SASLInitialResponse', mechanism: 'SCRAM-SHA-256', data: secret },
      { type: 'SASLResponse', data: secret },
      { type: 'AuthenticationSASLContinue', data: secret },
      { type: 'AuthenticationSASLFinal', data: secret },
      { type: 'DigestResponse', digest: secret, clientNonce: secret },
    ];
    for (const message of messages) {
      expect(describeMessage(message)).toContain('***');
      expect(describeMessage(message)).not.toContain('planted');
      expect(describeMessage(message, { secrets: true })).toContain('planted');
    }
    expect(describeMessage({ type: 'BackendKeyData', processId: 1, secretKey: 424242 })).toBe(
      'BackendKeyData processId=1 secretKey=***',
    );
    expect(describeMessage({ type: 'CancelRequest', processId: 1, secretKey: 424242 })).toBe(
      'CancelRequest processId=1 secretKey=***',
    );
    expect(() => parseMessage('PasswordMessage password=***')).toThrow(ArgumentError);
  });

  it('cuts long values, and what is cut cannot be taken for the whole', () => {
    const message: Message = { type: 'Query', sql: 'x'.repeat(1_000_000) };
    expect(describeMessage(message, { limit: 5 })).toBe('Query sql="xxxxx"…');
    expect(() => parseMessage(describeMessage(message, { limit: 5 }))).toThrow(ArgumentError);
    const row: Message = { type: 'DataRow', values: new Array<Uint8Array>(1000).fill(new Uint8Array(1e6)) };
    const line = describeMessage(row, { limit: 20 });
    expect(line.length).toBeLessThan(200);
    expect(line).toMatch(/…\]$/);
  });

  it('is one line, whatever the message, and says all of it', () => {
    fc.assert(
      fc.property(fc.oneof(anyFrontend, anyBackend), (message) => {
        const line = describeMessage(message, { secrets: true });
        expect(line).not.toMatch(/[\r\n]/);
        expect(parseMessage(line)).toEqual(message);
      }),
      { numRuns: 3000 },
    );
  });

  it('says all of the longer RowDescription too', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(column(true), column(false))), (fields) => {
        const message: Message = { type: 'RowDescription', fields };
        expect(parseMessage(describeMessage(message))).toEqual(message);
      }),
    );
  });
});

describe('parseMessage', () => {
  it('fills in what a line leaves out', () => {
    expect(parseMessage('Bind values=["a"]')).toEqual({
      type: 'Bind',
      portal: '',
      statement: '',
      parameterFormats: [],
      values: [bytes('"a"')],
      resultFormats: [],
    });
    expect(parseMessage('  Execute  ')).toEqual({ type: 'Execute', portal: '', maxRows: 0 });
    expect(parseMessage('RowDescription fields=[{"name":"n","flags":1}]')).toMatchObject({
      fields: [{ name: 'n', typeOid: 25, typeSize: -1, extended: { schema: '', flags: 1 } }],
    });
  });

  it.each([
    '',
    'Nonsense',
    'toString',
    '__proto__',
    'Query sql=1',
    'Query sql="a" sq="b"',
    'Query sql="a',
    'Query sql="\\q"',
    'Query sql=*',
    'Query sql=$name',
    'Query ...',
    'Query sql="a"b',
    'Execute maxRows="1"',
    'Execute maxRows=',
    'Describe',
    'Describe target="table"',
    'ReadyForQuery status="X"',
    'DataRow values=[1]',
    'DataRow values=["a"',
    'DataRow values=\\x0',
    'DataRow values=[\\xzz]',
    'RowDescription fields=[1]',
    'RowDescription fields=[{"nonsense":1}]',
    'RowDescription fields=[{"name":1}]',
    'RowDescription fields=[{"__proto__":{}}]',
  ])('refuses %j', (line) => {
    expect(() => parseMessage(line)).toThrow(ArgumentError);
  });

  it('refuses nesting without an end, at once', () => {
    expect(() => parseMessage(`DataRow values=${'['.repeat(1_000_000)}`)).toThrow(ArgumentError);
  });

  it('takes any text or refuses it', () => {
    fc.assert(
      fc.property(fc.string(), (line) => {
        try {
          parseMessage(`Bind ${line}`);
        } catch (error) {
          expect(error).toBeInstanceOf(ArgumentError);
        }
      }),
    );
  });
});
