/** Bytes written as people read them: hex digits, and text in quotes. */

/** `bytes('51 0000000d "select 1" 00')`. */
export function bytes(written: string): Uint8Array {
  const parts = written.match(/"[^"]*"|[0-9a-fA-F]{2}|\S/g) ?? [];
  return new Uint8Array(
    Buffer.concat(
      parts.map((part) => {
        if (part.startsWith('"')) return Buffer.from(part.slice(1, -1), 'utf8');
        if (part.length !== 2) throw new Error(`No hex digits: ${part}`);
        return Buffer.from(part, 'hex');
      }),
    ),
  );
}

export function hex(value: Uint8Array): string {
  return Buffer.from(value).toString('hex');
}
