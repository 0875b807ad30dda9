import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { AtRestError } from './at-rest-error.ts';
import type { Key, Keyring } from './keyring.ts';

/**
 * Seals pieces of one file. Each file has a key of its own, derived from a named key, 32 random bytes and what the file is;
 * so a nonce has to differ within the file only, and a piece fits nowhere but in its place of its file.
 *
 * A file begins with: magic (4 bytes), version (1), length of the key's name (1), name, salt (32), tag (16). The tag shows that
 * the key is the right one before anything is believed of the rest.
 */
export interface FileSeal {
  /** What the file begins with. */
  readonly header: Buffer;
  /** `place`: any number that is given once in the life of this file. Adds `BOX_OVERHEAD_BYTES`. */
  seal(place: number, isLast: boolean, plain: Buffer): Buffer;
  /** Null where this is not, unchanged, what was sealed for this place. */
  open(place: number, isLast: boolean, box: Buffer): Buffer | null;
}

export const BOX_OVERHEAD_BYTES = 16;
/** No text and no length of ours begins so. */
export const HEADER_START = Buffer.from('FPAR', 'latin1');
const VERSION = 1;
const SALT_BYTES = 32;
const TAG_BYTES = BOX_OVERHEAD_BYTES;
const NONCE_BYTES = 12;
const FIXED_BYTES = HEADER_START.length + 2;
const ALGORITHM = 'aes-256-gcm';
const EMPTY = Buffer.alloc(0);
/** The header's own: no place is negative. */
const HEADER_NONCE = Buffer.alloc(NONCE_BYTES, 0xff);

/** For a new file. `purpose` says what it is, and is not written down: another kind of file cannot take its place. */
export function createFileSeal(keyring: Keyring, purpose: string): FileSeal {
  const { newest } = keyring;
  const id = Buffer.from(newest.id);
  const start = Buffer.concat([HEADER_START, Buffer.from([VERSION, id.length]), id, randomBytes(SALT_BYTES)]);
  const fileKey = derive(newest, start, purpose);
  return sealOf(fileKey, Buffer.concat([start, encrypt(fileKey, HEADER_NONCE, EMPTY, start)]));
}

/** For a file that is there; null where `bytes` end within the header. Throws AtRestError. */
export function openFileSeal(keyring: Keyring, bytes: Buffer, purpose: string): FileSeal | null {
  const known = Math.min(bytes.length, HEADER_START.length);
  if (!bytes.subarray(0, known).equals(HEADER_START.subarray(0, known)))
    throw new AtRestError('not_encrypted', 'this was not encrypted here');
  if (bytes.length < FIXED_BYTES) return null;
  if (bytes[HEADER_START.length] !== VERSION)
    throw new AtRestError('not_encrypted', 'this was encrypted by a newer version');
  const startBytes = FIXED_BYTES + (bytes[FIXED_BYTES - 1] ?? 0) + SALT_BYTES;
  if (bytes.length < startBytes + TAG_BYTES) return null;
  const start = Buffer.from(bytes.subarray(0, startBytes));
  const id = start.subarray(FIXED_BYTES, startBytes - SALT_BYTES).toString();
  const key = keyring.find(id);
  if (key === undefined)
    throw new AtRestError(
      'encryption_key_missing',
      `this was encrypted with the key ${JSON.stringify(id)}, which is not in ENCRYPTION_KEYS`,
    );
  const fileKey = derive(key, start, purpose);
  const header = Buffer.from(bytes.subarray(0, startBytes + TAG_BYTES));
  if (decrypt(fileKey, HEADER_NONCE, header.subarray(startBytes), start) === null)
    throw new AtRestError(
      'encryption_key_wrong',
      `the key ${JSON.stringify(id)} in ENCRYPTION_KEYS is not the one that encrypted this, or its beginning was changed`,
    );
  return sealOf(fileKey, header);
}

function sealOf(fileKey: Buffer, header: Buffer): FileSeal {
  return {
    header,
    seal: (place, isLast, plain) => encrypt(fileKey, nonceOf(place, isLast), plain, EMPTY),
    open: (place, isLast, box) => decrypt(fileKey, nonceOf(place, isLast), box, EMPTY),
  };
}

function derive(key: Key, start: Buffer, purpose: string): Buffer {
  const salt = start.subarray(start.length - SALT_BYTES);
  return Buffer.from(hkdfSync('sha256', key.bytes, salt, `fineprint at-rest v${VERSION} ${purpose}`, 32));
}

function nonceOf(place: number, isLast: boolean): Buffer {
  const nonce = Buffer.alloc(NONCE_BYTES);
  nonce.writeBigUInt64BE(BigInt(place));
  nonce[NONCE_BYTES - 1] = isLast ? 1 : 0;
  return nonce;
}

function encrypt(fileKey: Buffer, nonce: Buffer, plain: Buffer, aad: Buffer): Buffer {
  const cipher = createCipheriv(ALGORITHM, fileKey, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(aad);
  const first = cipher.update(plain);
  return Buffer.concat([first, cipher.final(), cipher.getAuthTag()]);
}

function decrypt(fileKey: Buffer, nonce: Buffer, box: Buffer, aad: Buffer): Buffer | null {
  if (box.length < TAG_BYTES) return null;
  const decipher = createDecipheriv(ALGORITHM, fileKey, nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(aad);
  decipher.setAuthTag(box.subarray(box.length - TAG_BYTES));
  const plain = decipher.update(box.subarray(0, box.length - TAG_BYTES));
  try {
    return Buffer.concat([plain, decipher.final()]);
  } catch {
    return null; // the one thing that `final` says: not what was sealed
  }
}
