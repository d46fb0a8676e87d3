/** Section 4 of the failure matrix: bytes that no server may send. Each is delivered by a real server, and nothing follows it. */
import { describe, expect, it } from 'vitest';
import { connect } from '../../../src/index.js';
import { encodeBackend } from '../../../src/protocol/backend.js';
import type { BackendMessage } from '../../../src/protocol/messages.js';
import { startScriptedServer } from '../../scripted/server.js';
import { loginLines } from '../../scripted/transcript.js';
import {
  against,
  asked,
  complete,
  described,
  describedAs,
  each,
  expectClosed,
  expectViolation,
  failure,
  message,
  plain,
  playLines,
  raw,
  row,
  run,
  saysBytes,
  settled,
  until,
} from './dialogues.js';

// Cells that cannot be read (M11) and the speed of parsers (M12) are in unreadable.test.ts.

const nothing = new Uint8Array();
/** Where in the answer of a statement the bytes stand. */
const places = { 'in place of the first answer': asked, 'among the rows': described + row() };
/** Of all kinds: a row, the end of a result, the end of an answer, a notice, an error, a message without a body. */
const typesOfAllKinds = 'DCZNETt1';

describe('M1: a length field below its own size', () => {
  for (const [place, lines] of Object.entries(places)) {
    it(`M1: of 0, 1, 2 and 3, ${place}, for messages of all kinds`, async () => {
      const cases = [0, 1, 2, 3].flatMap((length) =>
        Array.from(typesOfAllKinds, (type) => ({ length, type })),
      );
      await each(cases, async ({ length, type }) => {
        await expectViolation(
          saysBytes(lines, message(type, nothing, length)),
          `${type} of length ${String(length)}`,
        );
      });
    });
  }
});

describe('M2: a length field that no message can have is refused from the header, without waiting for the body', () => {
  for (const length of [0x4000_0000, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff]) {
    it(`M2: 0x${length.toString(16)}`, async () => {
      const cases = Object.values(places).flatMap((lines) =>
        Array.from(typesOfAllKinds, (type) => ({ lines, type })),
      );
      await each(cases, async ({ lines, type }) => {
        const error = await expectViolation(saysBytes(lines, message(type, nothing, length)), type);
        expect(error.message).toMatch(type === 'D' && lines === asked ? /DataRow|bytes/ : String(length));
      });
    });
  }

  it('M2: above 64 KiB until the login is finished', async () => {
    for (const length of [0x1_0001, 0x4000_0000, 0xffff_ffff]) {
      const server = await startScriptedServer(async (peer) => {
        await peer.expect('StartupMessage');
        await peer.raw(message('R', nothing, length));
        await peer.silence();
      });
      const error = await failure(connect({ ...plain, port: server.port }));
      expect(error).toMatchObject({ name: 'ProtocolError' });
      await server.close();
    }
  });
});

const field = {
  name: 'a',
  tableOid: 0,
  attributeNumber: 0,
  typeOid: 25,
  typeSize: -1,
  typeModifier: -1,
  format: 0,
  extended: { schema: 's', table: 't', column: 'c', catalog: 'd', flags: 1 },
} as const;
const errorFields = new Map([
  ['S', 'ERROR'],
  ['C', '42601'],
  ['M', 'm'],
]);
const data = Buffer.from('data');

/** A right message of each type that has a fixed form, and after which lines it may come. */
const wellFormed: readonly [BackendMessage, string][] = [
  [{ type: 'ParameterStatus', name: 'TimeZone', value: 'UTC' }, described],
  [{ type: 'BackendKeyData', processId: 1, secretKey: 2 }, described],
  [{ type: 'ReadyForQuery', status: 'I' }, `${described}${row()}< CommandComplete tag="SELECT"\n`],
  [{ type: 'ParseComplete' }, asked],
  [{ type: 'BindComplete' }, `${asked}${describedAs(['{"name":"a","typeOid":25}'])}${run}`],
  [{ type: 'CloseComplete' }, asked],
  [{ type: 'NoData' }, `${asked}< ParseComplete\n< ParameterDescription typeOids=[]\n`],
  [{ type: 'PortalSuspended' }, described],
  [{ type: 'EmptyQueryResponse' }, described],
  [{ type: 'ParameterDescription', typeOids: [23, 25] }, `${asked}< ParseComplete\n`],
  [
    { type: 'RowDescription', fields: [field] },
    `${asked}< ParseComplete\n< ParameterDescription typeOids=[]\n`,
  ],
  [{ type: 'DataRow', values: [data] }, described],
  [{ type: 'CommandComplete', tag: 'SELECT' }, described + row()],
  [{ type: 'ErrorResponse', fields: errorFields }, described],
  [{ type: 'NoticeResponse', fields: errorFields }, described],
  [{ type: 'NotificationResponse', processId: 1, channel: 'c', payload: 'p' }, described],
  [{ type: 'CopyInResponse', format: 0, columnFormats: [0, 0] }, described],
  [{ type: 'CopyOutResponse', format: 0, columnFormats: [0, 0] }, described],
  [{ type: 'CopyBothResponse', format: 0, columnFormats: [0, 0] }, described],
  [{ type: 'CopyDone' }, described],
  [{ type: 'NegotiateProtocolVersion', minor: 0, options: ['o'] }, described],
];

describe('M3: a body too short or too long for its type, the length field right', () => {
  for (const [whole, lines] of wellFormed) {
    it(`M3: ${whole.type}`, async () => {
      const bytes = Buffer.from(encodeBackend(whole, 2));
      const [type, body] = [bytes[0]!, bytes.subarray(5)];
      const shorter = [...new Set([body.length - 1, body.length >> 1, 0])].filter(
        (size) => size >= 0 && size < body.length,
      );
      const cases = [
        ...shorter.map((size) => body.subarray(0, size)),
        ...[1, 2, 1000].map((more) => Buffer.concat([body, Buffer.alloc(more, 0x41)])),
        Buffer.concat([body, Buffer.alloc(1)]),
      ]
        // An error or notice without a field and without the end mark is taken for one without fields (row M9).
        .filter(
          (one) => one.length > 0 || (whole.type !== 'ErrorResponse' && whole.type !== 'NoticeResponse'),
        );
      await each(cases, async (one) => {
        await expectViolation(
          saysBytes(lines, message(type, one)),
          `${whole.type} of ${String(one.length)} bytes`,
        );
      });
    });
  }

  it('M3: authentication requests', async () => {
    const code = (value: number, ...more: number[]): Buffer => {
      const bytes = Buffer.alloc(4);
      bytes.writeInt32BE(value);
      return Buffer.concat([bytes, Uint8Array.from(more)]);
    };
    const bodies = [
      ...[0, 1, 2, 3].map((size) => code(0).subarray(0, size)),
      ...[0, 3, 14].map((known) => code(known, 0)),
      ...[0, 1, 3, 5, 100].map((size) => code(5, ...Buffer.alloc(size))),
      ...[0, 3].map((size) => code(13, ...Buffer.alloc(size))),
      // The salt is longer than the message; its length is negative; the nonce is missing; bytes are left over.
      code(13, 0, 0, 0, 0, 0, 0, 0, 9, 1, 2),
      code(13, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff),
      code(13, 0, 0, 0, 0, 0, 0, 0, 1, 7),
      code(13, 0, 0, 0, 0, 0, 0, 0, 1, 7, 0, 0, 0, 1, 8, 9),
    ];
    await each(bodies, async (body) => {
      const server = await startScriptedServer(async (peer) => {
        await peer.expect('StartupMessage');
        await peer.raw(message('R', body));
        await peer.silence();
      });
      const error = await failure(
        connect({ ...plain, port: server.port, allowCleartextPassword: true }),
        `R ${body.toString('hex')}`,
      );
      expect(error, body.toString('hex')).toMatchObject({ name: 'ProtocolError' });
      await server.close();
    });
  });
});

describe('M4: a type that no server may send', () => {
  const known = '123ACDEGHIKNRSTWZcdnstvzkm';
  const unknown = Array.from({ length: 256 }, (_, type) => type).filter(
    (type) => !known.includes(String.fromCharCode(type)),
  );

  it('M4: every byte that is no type of a server, those of clients (Q, P, B, F, f, p, X) among them', async () => {
    for (const type of 'QPBFfpX') expect(unknown).toContain(type.charCodeAt(0));
    await each(unknown, async (type, index) => {
      const lines = Object.values(places)[index % 2]!;
      const error = await expectViolation(saysBytes(lines, message(type, nothing)), `type ${String(type)}`);
      expect(error.message).toContain('unknown type');
    });
  });

  it('M4: it is refused before its length and body have come', async () => {
    await each(unknown.slice(0, 32), async (type) => {
      await expectViolation(saysBytes(described, Uint8Array.of(type)), `type ${String(type)} alone`);
    });
  });

  const copies: readonly [string, BackendMessage][] = [
    ['CopyData', { type: 'CopyData', data }],
    ['CopyDone', { type: 'CopyDone' }],
    ['CopyInResponse', { type: 'CopyInResponse', format: 0, columnFormats: [0] }],
    ['CopyOutResponse', { type: 'CopyOutResponse', format: 0, columnFormats: [0] }],
    ['CopyBothResponse', { type: 'CopyBothResponse', format: 0, columnFormats: [0] }],
  ];
  const whole =
    '> Parse ...\n> Bind ...\n> Describe ...\n> Execute\n> Sync\n< ParseComplete\n< BindComplete\n< NoData\n';
  for (const [name, copy] of copies) {
    it(`M4: ${name}, which Redshift never sends: a select, a copy, a script, executeMany`, async () => {
      const bytes = encodeBackend(copy, 2);
      await expectViolation(saysBytes(asked, bytes), `${name} in place of the first answer`);
      await expectViolation(saysBytes(described, bytes), `${name} in place of rows`);
      await expectViolation(saysBytes(described + row(), bytes), `${name} among rows`);
      const calls = {
        copy: [whole, (conn) => conn.query("copy t from 's3://b/k'")],
        script: ['> Query ...\n', (conn) => conn.script('select 1; select 2')],
        executeMany: [
          '> Parse ...\n> Bind ...\n> Execute\n> Parse ...\n> Describe ...\n> Bind ...\n> Execute\n> Sync\n< ParseComplete\n< BindComplete\n< CommandComplete tag="BEGIN"\n< ParseComplete\n< ParameterDescription typeOids=[]\n< NoData\n< BindComplete\n',
          (conn) => conn.cursor().executeMany('delete from t where a = %s', [[1]]),
        ],
      } satisfies Record<string, [string, (conn: Awaited<ReturnType<typeof connect>>) => Promise<unknown>]>;
      for (const [kind, [lines, call]] of Object.entries(calls)) {
        await against(saysBytes(lines, bytes), async (conn) => {
          expect(await failure(call(conn), `${name} for ${kind}`), kind).toMatchObject({
            name: 'ProtocolError',
          });
          await expectClosed(conn);
        });
      }
    });
  }
});

describe('M5: RowDescription that cannot be', () => {
  const prefix = `${asked}< ParseComplete\n< ParameterDescription typeOids=[]\n`;
  const rightField = Buffer.from(encodeBackend({ type: 'RowDescription', fields: [field] }, 2)).subarray(7);
  const count = (value: number): Buffer => {
    const bytes = Buffer.alloc(2);
    bytes.writeUInt16BE(value & 0xffff);
    return bytes;
  };
  const cases: readonly [string, Buffer][] = [
    ['a negative column count', Buffer.concat([count(-1), rightField])],
    ['the most negative column count', count(-32_768)],
    ['more columns than the body holds', Buffer.concat([count(2), rightField])],
    ['32,767 columns in a body of one', Buffer.concat([count(32_767), rightField])],
    ['fewer columns than the body holds', Buffer.concat([count(0), rightField])],
    ['a name without an end', Buffer.concat([count(1), Buffer.alloc(40, 0x61)])],
    ['a name that takes all', Buffer.concat([count(1), Buffer.alloc(40, 0x61), Buffer.alloc(1)])],
    ['no count at all', Buffer.alloc(0)],
    ['half a count', Buffer.alloc(1)],
    [
      'a format that is neither text nor binary',
      Buffer.concat([count(1), Buffer.from('a\0'), Buffer.alloc(16), count(2), Buffer.alloc(6)]),
    ],
  ];
  for (const [name, body] of cases) {
    it(`M5: ${name}`, async () => {
      await expectViolation(saysBytes(prefix, message('T', body)), name);
    });
  }

  it('M5: a type modifier that is nonsense spoils no value: the cell is read, or refused by name', async () => {
    const modifiers = [-2_147_483_648, -2, 0, 3, 4, 65_535, 0x7fff_ffff];
    const types: readonly [number, string][] = [
      [1700, '1.5'],
      [1043, 'x'],
      [1042, 'x'],
      [1114, '2024-01-01 00:00:00'],
      [1186, '1 day'],
      [1231, '{1.5}'],
      [6551, 'ff'],
    ];
    await each(
      modifiers.flatMap((typeModifier) =>
        types.map(([typeOid, value]) => ({ typeModifier, typeOid, value })),
      ),
      async ({ typeModifier, typeOid, value }) => {
        const fields = [`{"name":"a","typeOid":${String(typeOid)},"typeModifier":${String(typeModifier)}}`];
        await against(
          `${asked}${describedAs(fields)}${run}< BindComplete\n${row(value)}${complete()}${asked}${describedAs(fields)}${run}< BindComplete\n${complete()}`,
          async (conn) => {
            const end = await settled(conn.query('select a'));
            if ('error' in end) expect(end.error).toMatchObject({ name: 'DataError' });
            const { columns } = await conn.query('select b');
            for (const number of [columns[0]?.precision, columns[0]?.scale, columns[0]?.displaySize])
              expect(number).not.toBeNaN();
          },
        );
      },
    );
  });
});

describe('M6: DataRow that does not fit its description', () => {
  const two = `${asked}${describedAs(['{"name":"a","typeOid":25}', '{"name":"b","typeOid":25}'])}${run}< BindComplete\n`;
  const cases: readonly [string, string][] = [
    ['no count', ''],
    ['fewer values than described', '0001 00000001 61'],
    ['no value', '0000'],
    ['more values than described', '0003 ffffffff ffffffff ffffffff'],
    ['a negative count', 'ffff 00000001 61 00000001 62'],
    ['a value length over the body', '0002 00000001 61 00000063 62'],
    ['a value length of 2 GiB', '0002 00000001 61 7fffffff 62'],
    ['a value length that is over the body by one', '0002 00000001 61 00000002 62'],
    ['a value length of -2', '0002 00000001 61 fffffffe'],
    ['a value length of -2147483648', '0002 80000000 ffffffff'],
    ['bytes left over', '0002 00000001 61 00000001 62 63'],
    ['only half of a length', '0002 00000001 61 0000'],
  ];
  for (const [name, hex] of cases) {
    it(`M6: ${name}: an error, never a padded, shortened or shifted row`, async () => {
      const bytes = message('D', Buffer.from(hex.replaceAll(' ', ''), 'hex'));
      const right = '< DataRow values=["p","q"]\n';
      await expectViolation(saysBytes(two, bytes), name);
      await expectViolation(saysBytes(two + right, bytes), `${name} behind a right row`);
      // In one piece with right rows around it, and with what would be its end.
      const frames = Buffer.concat([
        encodeBackend({ type: 'DataRow', values: [data, data] }, 2),
        bytes,
        encodeBackend({ type: 'DataRow', values: [data, data] }, 2),
        encodeBackend({ type: 'CommandComplete', tag: 'SELECT 3' }, 2),
        encodeBackend({ type: 'ReadyForQuery', status: 'I' }, 2),
      ]);
      await expectViolation(saysBytes(two, frames), `${name} in the middle of a segment`);
    });
  }

  it('M6: rows that were read before it stay what they are; then every fetch throws', async () => {
    const many = `! repeat 3000\n${row('right')}`;
    await against(`${described}${many}${raw(message('D', Buffer.from('0000', 'hex')))}`, async (conn) => {
      const cursor = await conn.cursor().execute('select a', null, { stream: true });
      const rows = await cursor.fetchMany(10);
      expect(rows).toEqual(Array.from({ length: 10 }, () => ['right']));
      expect(await failure(cursor.fetchAll())).toMatchObject({ name: 'ProtocolError' });
      await expectClosed(conn);
    });
  });
});

describe('M7: text', () => {
  const unended: readonly [string, string, string][] = [
    ['CommandComplete', 'C', described],
    ['ParameterStatus', 'S', described],
    ['ErrorResponse', 'E', described],
    ['NoticeResponse', 'N', described],
  ];
  for (const [name, type, lines] of unended) {
    it(`M7: a text without an end in ${name}`, async () => {
      await expectViolation(saysBytes(lines, message(type, Buffer.from('SELECT'))), name);
    });
  }

  it('M7: what is no UTF-8 becomes U+FFFD everywhere: names, values, tags, errors, notices, parameters', async () => {
    const bad = Buffer.from([0x61, 0xff, 0xc3, 0x28, 0x62]);
    const cstr = Buffer.concat([bad, Buffer.alloc(1)]);
    const good = 'a\ufffd\ufffd(b';
    const fieldBody = Buffer.concat([
      Buffer.from([0, 1]),
      cstr,
      Buffer.alloc(6),
      Buffer.from([0, 0, 0, 25]),
      Buffer.alloc(8),
      Buffer.alloc(6),
    ]);
    const value = Buffer.concat([Buffer.from([0, 1, 0, 0, 0, bad.length]), bad]);
    await against(
      async (peer) => {
        await playLines(peer, `! login\n${asked}< ParseComplete\n< ParameterDescription typeOids=[]`);
        await peer.raw(message('T', fieldBody));
        await playLines(peer, `< ReadyForQuery status="I"\n${run}< BindComplete`);
        await peer.raw(
          Buffer.concat([
            message('S', Buffer.concat([Buffer.from('is_superuser\0'), cstr])),
            message('N', Buffer.concat([Buffer.from('M'), cstr, Buffer.alloc(1)])),
            message('D', value),
            message('C', cstr),
          ]),
        );
        await playLines(peer, `< ReadyForQuery status="I"\n${asked}`);
        await peer.raw(
          message('E', Buffer.concat([Buffer.from('SERROR\0C42601\0M'), cstr, Buffer.alloc(1)])),
        );
        await playLines(peer, '< ReadyForQuery status="I"');
        await peer.silence();
      },
      async (conn) => {
        const result = await conn.query('select a');
        expect(result.rows).toEqual([{ [good]: good }]);
        expect(result.columns[0]?.name).toBe(good);
        expect(result.command).toBe(good);
        expect(conn.notices[0]?.message).toBe(good);
        expect(conn.parameters.get('is_superuser')).toBe(good);
        expect((await failure(conn.query('selec b'))).message).toBe(good);
        expect(conn.closed).toBe(false);
      },
    );
  });
});

describe('M8: a command tag that tells no number: the row count is unknown, no error, no NaN', () => {
  const tags = [
    '',
    ' ',
    'INSERT',
    'INSERT 0',
    'INSERT 0 -5',
    'INSERT 0 x',
    `UPDATE ${'9'.repeat(30)}`,
    'UPDATE NaN',
    'UPDATE 1e3',
    'UPDATE 0x10',
    'UPDATE 1.5',
    'FROBNICATE',
    'FROBNICATE 1 2 3 4',
    '-1',
    '5',
    '\\n',
  ];
  const whole = (tag: string): string =>
    `> Parse ...\n> Bind ...\n> Describe ...\n> Execute\n> Sync\n< ParseComplete\n< BindComplete\n< NoData\n< CommandComplete tag=${JSON.stringify(tag)}\n< ReadyForQuery status="I"\n`;
  it.each(tags)('M8: %j', async (tag) => {
    await against(
      `${whole(tag)}${described}${row()}< CommandComplete tag=${JSON.stringify(tag)}\n< ReadyForQuery status="I"`,
      async (conn) => {
        const changed = await conn.query('delete from t');
        expect(Number.isSafeInteger(changed.rowCount)).toBe(true);
        const known = /^(\S+ )+\d{1,15}$/.exec(tag) !== null;
        if (!known) expect(changed.rowCount).toBe(-1);
        // A SELECT is counted by its rows, whatever the tag says.
        expect((await conn.query('select a')).rowCount).toBe(1);
        expect(conn.closed).toBe(false);
      },
    );
  });
});

describe('M9: odd errors', () => {
  const say = async (fields: Uint8Array): Promise<Awaited<ReturnType<typeof failure>>> =>
    against(
      async (peer) => {
        await playLines(peer, `! login\n${asked}`);
        await peer.raw(message('E', fields));
        await playLines(peer, `< ReadyForQuery status="I"\n${described}${row()}${complete()}`);
        await peer.silence();
      },
      async (conn) => {
        const error = await failure(conn.query('select a'));
        expect((await conn.query('select b')).rows).toEqual([{ a: 'x' }]);
        return error;
      },
    );

  it('M9: no fields, with and without the end mark', async () => {
    for (const body of [Buffer.alloc(1), nothing]) {
      const error = await say(body);
      expect(error).toMatchObject({ name: 'DatabaseError', retryable: false });
      expect(error.message).toMatch(/without a text/);
      expect(error.code).toMatch(/^ERR_RS_/);
      expect(error.sqlState).toBeUndefined();
    }
  });

  it('M9: repeated fields: the first counts', async () => {
    const error = await say(Buffer.from('SERROR\0C42601\0C23505\0Mfirst\0Msecond\0\0'));
    expect(error).toMatchObject({ name: 'ProgrammingError', code: '42601', message: 'first' });
  });

  it('M9: unknown fields are kept by their letter', async () => {
    const error = await say(Buffer.from('SERROR\0C42601\0Mm\0Xextra\0_under\0\0'));
    expect(error.otherFields).toEqual({ X: 'extra', _: 'under' });
  });

  it.each([
    ['severity', 'C42601\0Mm\0\0', { code: '42601', message: 'm' }],
    ['SQLSTATE', 'SERROR\0Mm\0\0', { name: 'DatabaseError', message: 'm' }],
    ['text', 'SERROR\0C42601\0\0', { code: '42601', name: 'ProgrammingError' }],
  ])('M9: no %s', async (_name, body, expected) => {
    expect(await say(Buffer.from(body))).toMatchObject(expected);
  });

  it('M9: a field whose value is nonsense: no NaN where a number stands', async () => {
    const error = await say(Buffer.from('SERROR\0C42601\0Mm\0Pxyz\0p-1e999\0\0'));
    expect(error.position ?? 0).not.toBeNaN();
    expect(error.internalPosition ?? 0).not.toBeNaN();
  });

  it('M9: an unknown SQLSTATE, and one that is the name of a property', async () => {
    for (const state of ['ZZ999', '__proto__', 'constructor', '', 'toString'])
      expect(await say(Buffer.from(`SERROR\0C${state}\0Mm\0\0`))).toMatchObject({
        name: 'DatabaseError',
        message: 'm',
      });
  });

  it('M9: a message of 10 MB', async () => {
    const text = 'long '.repeat(2_000_000);
    const error = await say(Buffer.from(`SERROR\0C42601\0M${text}\0\0`));
    expect(error).toMatchObject({ code: '42601' });
    expect(error.message.length).toBe(text.length);
  });
});

describe('M10: what the server tells of itself, in a wrong size', () => {
  const cases: readonly [string, string, Uint8Array][] = [
    ['ParameterStatus without a value', 'S', Buffer.from('TimeZone\0')],
    ['ParameterStatus of nothing', 'S', nothing],
    ['ParameterStatus of three texts', 'S', Buffer.from('TimeZone\0UTC\0more\0')],
    ['BackendKeyData of 4 bytes', 'K', Buffer.alloc(4)],
    ['BackendKeyData of 7 bytes', 'K', Buffer.alloc(7)],
    ['BackendKeyData of 12 bytes', 'K', Buffer.alloc(12)],
    ['ReadyForQuery without a status', 'Z', nothing],
    ['ReadyForQuery of two bytes', 'Z', Buffer.from('II')],
    ...Array.from('iXte\0 \xff', (status): [string, string, Uint8Array] => [
      `ReadyForQuery with the unknown status ${JSON.stringify(status)}`,
      'Z',
      Buffer.from(status, 'latin1'),
    ]),
  ];
  it.each(cases)('M10: %s', async (name, type, body) => {
    const lines = `${described}${row()}< CommandComplete tag="SELECT"\n`;
    await expectViolation(saysBytes(lines, message(type, body)), name);
    // The same during the login: no connection, and no wait.
    const server = await startScriptedServer(async (peer) => {
      await playLines(peer, loginLines(2).slice(0, -2).join('\n'));
      await peer.raw(message(type, body));
      await peer.silence();
    });
    expect(await failure(connect({ ...plain, port: server.port }))).toMatchObject({ name: 'ProtocolError' });
    await server.close();
  });
});

it('M1-M10: all of it within one tick of the bytes, also while nothing was asked', async () => {
  for (const bytes of [
    message('D', nothing, 3),
    message('Z', nothing, 0xffff_ffff),
    message('y', nothing),
    message('G', Buffer.from([0, 0, 0])),
  ]) {
    await against(saysBytes('', bytes), async (conn) => {
      await until(() => conn.closed, 'the end of the connection');
      expect(await expectClosed(conn)).toMatchObject({ cause: { name: 'ProtocolError' } });
    });
  }
  // An answer that has gone wrong is told before another turn of the loop, whatever timers there are.
  await against(saysBytes(described, message('D', nothing, 3)), async (conn) => {
    let closed = 0;
    conn.on('close', () => (closed = performance.now()));
    await failure(conn.query('select a'));
    expect(performance.now() - closed).toBeLessThan(50);
  });
});
