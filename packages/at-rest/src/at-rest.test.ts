import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decryptStream } from './decrypt-stream.ts';
import { CHUNK_BYTES, encryptStream } from './encrypt-stream.ts';
import { BOX_OVERHEAD_BYTES, createFileSeal, openFileSeal } from './file-seal.ts';
import { type Keyring, parseKeys } from './keyring.ts';

const key = (id: string) => `${id}:${randomBytes(32).toString('base64')}`;
const [old, next] = [key('2026-05'), key('2026-11')];
const keys = parseKeys(`${next}, ${old}`);

const through = async (stream: ReturnType<typeof encryptStream>, pieces: readonly Buffer[]) => {
  const collected = buffer(stream);
  collected.catch(() => undefined); // told by the pipeline
  await pipeline(Readable.from(pieces), stream);
  return collected;
};
const encrypt = (pieces: readonly Buffer[], ring: Keyring = keys) => through(encryptStream(ring), pieces);
const decrypt = (pieces: readonly Buffer[], ring: Keyring = keys) => through(decryptStream(ring), pieces);
const codeOf = (bytes: Buffer, ring?: Keyring) =>
  decrypt([bytes], ring).then(
    () => 'whole',
    (error: { code?: string }) => String(error.code),
  );

/** Sizes around a chunk's, and how the bytes come. */
const sizes = fc.oneof(
  fc.integer({ min: 0, max: 300 }),
  fc.integer({ min: -2, max: 2 }).map((d) => CHUNK_BYTES + d),
  fc.integer({ min: -2, max: 2 }).map((d) => 3 * CHUNK_BYTES + d),
);
const cut = (bytes: Buffer, step: number): Buffer[] => {
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += step) pieces.push(bytes.subarray(at, at + step));
  return pieces;
};

describe('a file', () => {
  it('comes back as it was, however it is cut into pieces', async () => {
    await fc.assert(
      fc.asyncProperty(sizes, fc.integer({ min: 500, max: 100_000 }), async (size, step) => {
        const plain = randomBytes(size);
        const sealed = await encrypt(cut(plain, step));
        expect((await decrypt(cut(sealed, step + 7))).equals(plain)).toBe(true);
        expect(size < 20 || !sealed.includes(plain.subarray(0, 20))).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  it('is never taken for whole when a bit of it changed', async () => {
    const sealed = await encrypt([randomBytes(2 * CHUNK_BYTES + 100)]);
    await fc.assert(
      fc.asyncProperty(fc.nat(sealed.length - 1), fc.integer({ min: 1, max: 255 }), async (at, flip) => {
        const changed = Buffer.from(sealed);
        changed[at] = (changed[at] ?? 0) ^ flip;
        expect(await codeOf(changed)).toMatch(/^(encrypt(ion|ed)_|not_encrypted)/);
      }),
      { numRuns: 150 },
    );
  });

  it('is never taken for whole when its end is missing, wherever it ends', async () => {
    const sealed = await encrypt([randomBytes(2 * CHUNK_BYTES + 100)]);
    const header = sealed.length - (2 * CHUNK_BYTES + 100) - 3 * BOX_OVERHEAD_BYTES;
    const atBoxes = [1, 2].map((n) => header + n * (CHUNK_BYTES + BOX_OVERHEAD_BYTES));
    for (const length of [0, 3, 5, header - 1, header, header + 5, ...atBoxes])
      expect(await codeOf(sealed.subarray(0, length))).toBe('encrypted_data_truncated');
    await fc.assert(
      fc.asyncProperty(fc.nat(sealed.length - 1), async (length) => {
        expect(await codeOf(sealed.subarray(0, length))).toMatch(/^encrypted_data_/);
      }),
      { numRuns: 100 },
    );
  });

  it('is never taken for whole when boxes are swapped, repeated, left out or added', async () => {
    const sealed = await encrypt([randomBytes(3 * CHUNK_BYTES)]);
    const box = CHUNK_BYTES + BOX_OVERHEAD_BYTES;
    const header = sealed.length - 3 * box;
    const part = (n: number) => sealed.subarray(header + n * box, header + (n + 1) * box);
    const start = sealed.subarray(0, header);
    for (const order of [[1, 0, 2], [0, 0, 1, 2], [0, 2], [0, 1, 2, 2], [2]])
      expect(await codeOf(Buffer.concat([start, ...order.map(part)]))).toBe('encrypted_data_damaged');
    expect(await codeOf(Buffer.concat([sealed, Buffer.from('x')]))).toBe('encrypted_data_damaged');
    const other = await encrypt([randomBytes(3 * CHUNK_BYTES)]);
    expect(await codeOf(Buffer.concat([start, other.subarray(header)]))).toBe('encrypted_data_damaged');
  });

  it('two of the same content have nothing in common', async () => {
    const plain = Buffer.alloc(1_000, 'a');
    const [one, two] = [await encrypt([plain]), await encrypt([plain])];
    expect(one.subarray(-1_000).equals(two.subarray(-1_000))).toBe(false);
  });
});

describe('keys', () => {
  it('the newest writes, all read, and another one is told from a missing one', async () => {
    const before = await encrypt([Buffer.from('x')], parseKeys(old));
    expect(await codeOf(before)).toBe('whole');
    const now = await encrypt([Buffer.from('x')]);
    expect(await codeOf(now, parseKeys(next))).toBe('whole');
    expect(await codeOf(now, parseKeys(old))).toBe('encryption_key_missing');
    expect(await codeOf(now, parseKeys(key('2026-11')))).toBe('encryption_key_wrong');
    expect(await codeOf(Buffer.from('{"json":true}'))).toBe('not_encrypted');
  });

  it('are refused by their place in the list, never shown', () => {
    const secret = randomBytes(31).toString('base64');
    const wrong = [
      '',
      'abc',
      `a:${secret}`,
      `:${secret}`,
      `${old},${old}`,
      `a b:${secret}`,
      `a:${'!'.repeat(44)}`,
    ];
    for (const text of wrong) {
      let message = '';
      try {
        parseKeys(text);
      } catch (error) {
        message = String(error);
      }
      expect(message).toContain('expected <name>:');
      expect(message).not.toContain(secret);
    }
  });
});

it('a box fits nowhere but in its place of its file', () => {
  const seal = createFileSeal(keys, 'spool 1');
  const box = seal.seal(7, false, Buffer.from('text'));
  expect(seal.open(7, false, box)?.toString()).toBe('text');
  expect(seal.open(8, false, box)).toBeNull();
  expect(seal.open(7, true, box)).toBeNull();
  expect(openFileSeal(keys, seal.header, 'spool 1')?.open(7, false, box)?.toString()).toBe('text');
  expect(() => openFileSeal(keys, seal.header, 'spool 2')).toThrow('is not the one that encrypted this');
});

it('any bytes are refused with a code, never with a crash', async () => {
  const start = createFileSeal(keys, 'file').header;
  const hostile = fc.tuple(fc.nat(start.length), fc.uint8Array({ maxLength: 300 }));
  await fc.assert(
    fc.asyncProperty(hostile, async ([kept, bytes]) => {
      const found = await codeOf(Buffer.concat([start.subarray(0, kept), bytes]));
      expect(found).toMatch(/^(encrypt(ion|ed)_(key|data)_|not_encrypted)/);
    }),
    { numRuns: 500 },
  );
});
