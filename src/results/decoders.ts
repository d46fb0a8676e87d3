/**
 * Decoders that are made once and used again: statements of a connection with the same columns share one description, and what
 * was found out about the columns is kept with it. It is forgotten with the description.
 */
import { putNumberTexts } from '../kernel/number-texts.js';
import type { FieldDescription } from '../protocol/messages.js';
import type { ServerTraits } from '../types/codec.js';
import type { TypeRegistry } from '../types/registry.js';
import { RowDecoder, type RowMode } from './row-decoder.js';

export interface Description {
  readonly fields: readonly FieldDescription[];
  readonly formats: Uint8Array;
  readonly server: ServerTraits;
}

interface Known {
  readonly types: TypeRegistry;
  readonly mode: RowMode;
  readonly formats: Uint8Array;
  readonly dialect: ServerTraits['dialect'];
  readonly protocolVersion: number;
  readonly decoder: RowDecoder;
}

/** Statements that are run with other `types` at each call make new ones at each call. */
const most = 8;

const decoders = new WeakMap<readonly FieldDescription[], Known[]>();

export function decoderFor(types: TypeRegistry, mode: RowMode, description: Description): RowDecoder {
  const { fields, formats, server } = description;
  let known = decoders.get(fields);
  if (known === undefined) decoders.set(fields, (known = []));
  for (const one of known) {
    if (
      one.types === types &&
      one.mode === mode &&
      one.dialect === server.dialect &&
      one.protocolVersion === server.protocolVersion &&
      isSame(one.formats, formats)
    ) {
      return one.decoder;
    }
  }
  const decoder = makeDecoder(types, mode, description);
  if (known.length === most) known.shift();
  const { dialect, protocolVersion } = server;
  known.push({ types, mode, formats: formats.slice(), dialect, protocolVersion, decoder });
  return decoder;
}

const help = { putNumberTexts };

function makeDecoder(types: TypeRegistry, mode: RowMode, description: Description): RowDecoder {
  const { fields, formats, server } = description;
  const readers = types.readers(fields, formats, server);
  return new RowDecoder({
    readers,
    columnReaders: types.columnReaders(fields, formats, server, readers, help),
    labels: fields.map(({ name, typeOid }) => ({ name, typeName: types.typeName(typeOid) })),
    mode,
  });
}

function isSame(left: Uint8Array, right: Uint8Array): boolean {
  if (left.length !== right.length) return false;
  for (let at = 0; at < left.length; at++) if (left[at] !== right[at]) return false;
  return true;
}
