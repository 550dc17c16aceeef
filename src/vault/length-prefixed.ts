/** Fields as one byte string in which none can slide into its neighbour: each is led by its length in four bytes. */
export function lengthPrefixed(...fields: readonly (string | number | Buffer)[]): Buffer {
  return Buffer.concat(
    fields.flatMap((field) => {
      const bytes = Buffer.isBuffer(field) ? field : Buffer.from(String(field), 'utf8');
      const length = Buffer.alloc(4);
      length.writeUInt32BE(bytes.length);
      return [length, bytes];
    }),
  );
}
