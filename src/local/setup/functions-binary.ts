/** VARBYTE, digests and hashes (AWS manual, VARBYTE functions, Hash functions). */
import { inline, procedural } from './define.js';
import type { SetupStep } from './step.js';

/** 64 bits with wrap-around, in halves that a BIGINT can multiply by FNV's prime. */
const fnvStep = `
    h := h # get_byte($1, at);
    low := (h & 4294967295) * 435;
    high := ((h >> 32) & 4294967295) * 435 + (low >> 32) + ((h & 16777215) << 8);
    h := (high << 32) | (low & 4294967295);`;

/** 64-bit FNV-1a over the bytes of the value, least significant first (AWS manual, FNV_HASH). */
const fnvHash = procedural(
  'rs_fnv_hash(bytea, bigint)',
  'bigint',
  `
declare
  h bigint := $2;
  low bigint;
  high bigint;
begin
  for at in 0 .. length($1) - 1 loop${fnvStep}
  end loop;
  return h;
end`,
);

/** Bytes least significant first; the server sends them the other way round. */
const fnvTypes = {
  smallint: 'reverse(int2send($1))',
  integer: 'reverse(int4send($1))',
  bigint: 'reverse(int8send($1))',
  real: 'reverse(float4send($1))',
  'double precision': 'reverse(float8send($1))',
  boolean: 'boolsend($1)',
  date: 'reverse(date_send($1))',
  timestamp: 'reverse(timestamp_send($1))',
  timestamptz: 'reverse(timestamptz_send($1))',
  text: `rs_varbyte_of_text($1)::bytea`,
  varbyte: '$1::bytea',
};

/** The offset basis of 64-bit FNV-1a. */
const fnvSeed = '-3750763034362895579';

/** A product modulo 2^32, of halves that a BIGINT can hold. */
const times = (value: string, factor: number): string =>
  `((${value} * ${factor % 65536} + ((${value} * ${Math.floor(factor / 65536)} & 65535) << 16)) & 4294967295)`;
const rotated = (value: string, bits: number): string =>
  `(((${value} << ${bits}) | (${value} >> ${32 - bits})) & 4294967295)`;

/** Murmur3 x86, 32 bits (AWS manual, MURMUR3_32_HASH; Apache Iceberg, 32-bit Hash Requirements). */
const murmur = procedural(
  'rs_murmur(bytea, integer)',
  'integer',
  `
declare
  h bigint := $2::bigint & 4294967295;
  k bigint;
  size integer := length($1);
begin
  for at in 0 .. size / 4 - 1 loop
    k := get_byte($1, at * 4) | (get_byte($1, at * 4 + 1) << 8) | (get_byte($1, at * 4 + 2) << 16)
      | (get_byte($1, at * 4 + 3)::bigint << 24);
    k := ${times('k', 0xcc9e2d51)};
    k := ${rotated('k', 15)};
    h := h # ${times('k', 0x1b873593)};
    h := ${rotated('h', 13)};
    h := (h * 5 + 3864292196) & 4294967295;
  end loop;
  if size % 4 > 0 then
    k := 0;
    for at in reverse size - 1 .. size / 4 * 4 loop
      k := (k << 8) | get_byte($1, at);
    end loop;
    k := ${times('k', 0xcc9e2d51)};
    k := ${rotated('k', 15)};
    h := h # ${times('k', 0x1b873593)};
  end if;
  h := h # size;
  h := h # (h >> 16);
  h := ${times('h', 0x85ebca6b)};
  h := h # (h >> 13);
  h := ${times('h', 0xc2b2ae35)};
  h := h # (h >> 16);
  return case when h > 2147483647 then h - 4294967296 else h end;
end`,
);

/** Every whole number as one of 64 bits, times in microseconds, dates in days since 1970. */
const murmurTypes = {
  ...Object.fromEntries(
    ['smallint', 'integer', 'bigint'].map((type) => [type, 'reverse(int8send($1::bigint))']),
  ),
  date: `reverse(int8send(($1 - date '1970-01-01')::bigint))`,
  time: 'reverse(int8send(rs_ticks($1)))',
  timestamp: 'reverse(int8send(rs_ticks($1) + 946684800000000))',
  timestamptz: 'reverse(int8send(rs_ticks($1) + 946684800000000))',
  text: `rs_varbyte_of_text($1)::bytea`,
  varbyte: '$1::bytea',
};

const digest = (name: string, algorithm: string): string[] =>
  ['text', 'varbyte'].map((type) =>
    inline(
      `${name}(${type})`,
      'varchar',
      algorithm.replace('$1', type === 'text' ? `rs_varbyte_of_text($1)::bytea` : '$1::bytea'),
    ),
  );

/** PostgreSQL has no SHA-1 of its own. */
const sha1 = procedural(
  'rs_sha1(bytea)',
  'varchar',
  `
declare
  size integer := length($1);
  message bytea := $1 || decode('80' || repeat('00', (119 - size % 64) % 64), 'hex') || int8send(size::bigint * 8);
  w bigint[];
  a bigint; b bigint; c bigint; d bigint; e bigint; f bigint; x bigint;
  h0 bigint := 1732584193; h1 bigint := 4023233417; h2 bigint := 2562383102; h3 bigint := 271733878; h4 bigint := 3285377520;
begin
  for block in 0 .. length(message) / 64 - 1 loop
    for i in 0 .. 15 loop
      w[i] := (get_byte(message, block * 64 + i * 4)::bigint << 24) | (get_byte(message, block * 64 + i * 4 + 1) << 16)
        | (get_byte(message, block * 64 + i * 4 + 2) << 8) | get_byte(message, block * 64 + i * 4 + 3);
    end loop;
    for i in 16 .. 79 loop
      x := w[i - 3] # w[i - 8] # w[i - 14] # w[i - 16];
      w[i] := ((x << 1) | (x >> 31)) & 4294967295;
    end loop;
    a := h0; b := h1; c := h2; d := h3; e := h4;
    for i in 0 .. 79 loop
      f := case when i < 20 then ((b & c) | (~b & d)) + 1518500249 when i < 40 then (b # c # d) + 1859775393
        when i < 60 then ((b & c) | (b & d) | (c & d)) + 2400959708 else (b # c # d) + 3395469782 end;
      x := (((a << 5) | (a >> 27)) & 4294967295) + f + e + w[i];
      e := d; d := c; c := ((b << 30) | (b >> 2)) & 4294967295; b := a; a := x & 4294967295;
    end loop;
    h0 := (h0 + a) & 4294967295; h1 := (h1 + b) & 4294967295; h2 := (h2 + c) & 4294967295;
    h3 := (h3 + d) & 4294967295; h4 := (h4 + e) & 4294967295;
  end loop;
  return lpad(to_hex(h0), 8, '0') || lpad(to_hex(h1), 8, '0') || lpad(to_hex(h2), 8, '0') || lpad(to_hex(h3), 8, '0')
    || lpad(to_hex(h4), 8, '0');
end`,
);

const sha2 = (bytes: string): string => `case
  when $1 is null or $2 is null then null
  when $2 = 224 then encode(sha224(${bytes}), 'hex')
  when $2 in (0, 256) then encode(sha256(${bytes}), 'hex')
  when $2 = 384 then encode(sha384(${bytes}), 'hex')
  when $2 = 512 then encode(sha512(${bytes}), 'hex')
  else '' end`;

const toVarbyte = procedural(
  'to_varbyte(text, text)',
  'varbyte',
  `
declare
  bits text;
begin
  case lower($2)
    when 'hex' then return pg_catalog._pg_decode(repeat('0', length($1) % 2) || $1, 'hex')::varbyte;
    when 'utf8', 'utf-8', 'utf_8' then return pg_catalog.rs_varbyte_of_text($1);
    when 'base64' then return pg_catalog._pg_decode($1, 'base64')::varbyte;
    when 'binary' then
      if $1 !~ '^[01]*$' then
        raise exception using errcode = '22023', message = 'invalid binary digit in "' || $1 || '"';
      end if;
      bits := repeat('0', (8 - length($1) % 8) % 8) || $1;
      return pg_catalog._pg_decode(coalesce((select pg_catalog._pg_string_agg(
        lpad(to_hex(substr(bits, at, 8)::bit(8)::integer), 2, '0'), '' order by at)
        from generate_series(1, length(bits), 8) as at), ''), 'hex')::varbyte;
    else raise exception using errcode = '22023', message = 'invalid format "' || $2 || '"; it has to be hex, binary, utf8 or base64';
  end case;
end`,
);

const fromVarbyte = procedural(
  'from_varbyte(varbyte, text)',
  'varchar',
  `
declare
  bytes bytea := $1::bytea;
begin
  case lower($2)
    when 'hex' then return pg_catalog._pg_encode(bytes, 'hex');
    when 'utf8', 'utf-8', 'utf_8' then return pg_catalog._pg_convert_from(bytes, 'UTF8');
    when 'base64' then return translate(pg_catalog._pg_encode(bytes, 'base64'), chr(10), '');
    when 'binary' then
      return coalesce((select pg_catalog._pg_string_agg(get_byte(bytes, at)::bit(8)::text, '' order by at)
        from generate_series(0, length(bytes) - 1) as at), '');
    else raise exception using errcode = '22023', message = 'invalid format "' || $2 || '"; it has to be hex, binary, utf8 or base64';
  end case;
end`,
);

/** Bits count from the right (AWS manual, GETBIT). */
const getbit = inline(
  'getbit(varbyte, integer)',
  'integer',
  `case when $2 between 0 and octet_length($1::bytea) * 8 - 1
    then get_byte($1::bytea, octet_length($1::bytea) - 1 - $2 / 8) >> ($2 % 8) & 1
  else rs_fail('22003', 'index ' || $2::text || ' out of valid range', $2) end`,
);

const crc32 = (bytes: string): string => `lpad(to_hex(crc32c(${bytes})), 8, '0')`;

export const functionsBinary: SetupStep = {
  name: 'functions: binary',
  sql: [
    fnvHash,
    ...Object.entries(fnvTypes).flatMap(([type, bytes]) => [
      inline(`fnv_hash(${type})`, 'bigint', `rs_fnv_hash(${bytes}, ${fnvSeed})`),
      inline(`fnv_hash(${type}, bigint)`, 'bigint', `rs_fnv_hash(${bytes}, $2)`),
    ]),
    murmur,
    ...Object.entries(murmurTypes).flatMap(([type, bytes]) => [
      inline(`murmur3_32_hash(${type})`, 'integer', `rs_murmur(${bytes}, 0)`),
      inline(`murmur3_32_hash(${type}, integer)`, 'integer', `rs_murmur(${bytes}, $2)`),
    ]),
    sha1,
    ...['sha', 'sha1', 'func_sha1'].flatMap((name) => digest(name, 'rs_sha1($1)')),
    inline('sha2(text, integer)', 'varchar', sha2(`rs_varbyte_of_text($1)::bytea`), 'immutable'),
    inline('sha2(varbyte, integer)', 'varchar', sha2('$1::bytea'), 'immutable'),
    inline('md5(varbyte)', 'varchar', 'md5($1::bytea)'),
    ...digest('crc32', crc32('$1')),
    inline('to_hex(varbyte)', 'varchar', `encode($1::bytea, 'hex')`),
    inline('from_hex(text)', 'varbyte', `decode($1, 'hex')::varbyte`),
    toVarbyte,
    fromVarbyte,
    getbit,
    ...['len', 'length', 'octet_length'].map((name) =>
      inline(`${name}(varbyte)`, 'integer', 'octet_length($1::bytea)'),
    ),
    inline('concat(varbyte, varbyte)', 'varbyte', '($1::bytea || $2::bytea)::varbyte'),
    ...['substring', 'substr'].flatMap((name) => [
      inline(`${name}(varbyte, integer)`, 'varbyte', 'substring($1::bytea, $2)::varbyte'),
      inline(`${name}(varbyte, integer, integer)`, 'varbyte', 'substring($1::bytea, $2, $3)::varbyte'),
    ]),
  ].join('\n'),
};
