/** A file of an archive. */
export interface TarEntry {
  readonly name: string;
  readonly sizeBytes: number;
  readonly modifiedMs: number;
}

const BLOCK_BYTES = 512;
const MODE = 0o600;
const CHECKSUM_AT = 148;
const CHECKSUM_BYTES = 8;

/** The header of a file in a POSIX (ustar) archive. */
export function tarHeader({ name, sizeBytes, modifiedMs }: TarEntry): Buffer {
  if (Buffer.byteLength(name) > 100) throw new RangeError('a name in an archive has at most 100 bytes');
  const header = Buffer.alloc(BLOCK_BYTES);
  const octal = (value: number, at: number, bytes: number) =>
    header.write(`${value.toString(8).padStart(bytes - 1, '0')}\0`, at, bytes, 'ascii');
  header.write(name, 0, 100, 'utf8');
  octal(MODE, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(sizeBytes, 124, 12);
  octal(Math.floor(modifiedMs / 1_000), 136, 12);
  header.fill(' ', CHECKSUM_AT, CHECKSUM_AT + CHECKSUM_BYTES);
  header.write('0', 156, 1, 'ascii');
  header.write('ustar\0' + '00', 257, 8, 'ascii');
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, CHECKSUM_AT, CHECKSUM_BYTES, 'ascii');
  return header;
}

/** What fills a file's last block. */
export const tarPadding = (sizeBytes: number): Buffer =>
  Buffer.alloc((BLOCK_BYTES - (sizeBytes % BLOCK_BYTES)) % BLOCK_BYTES);

/** What an archive ends with. */
export const TAR_END = Buffer.alloc(2 * BLOCK_BYTES);
