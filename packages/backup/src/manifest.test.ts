import { expect, it } from 'vitest';
import { fileOf, type Manifest, parseManifest, renderManifest } from './manifest.ts';

const manifest: Manifest = {
  startedAt: '2026-01-02T03:04:05.000Z',
  finishedAt: '2026-01-02T03:05:05.000Z',
  encryptedWith: 'k1',
  kafka: {
    clusterId: 'c',
    positions: [
      { group: 'g', topic: 't', partition: 0, nextOffset: 7 },
      { group: 'g', topic: 't', partition: 1, nextOffset: null },
    ],
  },
  migrations: { clickhouse: { '0001_a': 'x' }, postgres: {} },
  files: [
    {
      store: 'clickhouse',
      table: 'ai_requests',
      columns: [{ name: 'event_id', type: 'UUID' }],
      rows: 3,
      fingerprint: '18446744073709551615',
      bytes: 9,
      sha256: 'a'.repeat(64),
    },
  ],
  sequences: [{ name: 'person_revision', value: '12' }],
};
const text = renderManifest(manifest);

it('comes back as it was written', () => {
  expect(parseManifest(text)).toEqual(manifest);
  expect(manifest.files.map(fileOf)).toEqual(['clickhouse/ai_requests.native.zst']);
});

it.each([
  ['cut', text.slice(0, -20)],
  ['empty', ''],
  ['another number', text.replace('"rows": 3', '"rows": 4')],
  ['another position', text.replace('"nextOffset": 7', '"nextOffset": 8')],
  ['a position left out', text.replace('"nextOffset": 7', '"nextOffset": null')],
  ['no object', '[]'],
])('is refused: %s', (_what, changed) => {
  expect(() => parseManifest(changed)).toThrow(expect.objectContaining({ code: 'backup_damaged' }));
});

it('is refused with a table twice, a name that is none, and by an older version of the product', () => {
  const [file] = manifest.files;
  if (file === undefined) throw new Error('no file');
  const twice = renderManifest({ ...manifest, files: [file, file] });
  expect(() => parseManifest(twice)).toThrow(expect.objectContaining({ code: 'backup_damaged' }));
  expect(() => renderManifest({ ...manifest, files: [{ ...file, table: '../x' }] })).toThrow();
  expect(() => renderManifest({ ...manifest, files: [{ ...file, table: 'x; DROP' }] })).toThrow();
  expect(() => parseManifest(text.replace('"format": 1', '"format": 2'))).toThrow(
    expect.objectContaining({ code: 'backup_too_new' }),
  );
});
