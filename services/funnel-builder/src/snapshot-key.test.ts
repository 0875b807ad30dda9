import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseSnapshotKey, snapshotKey } from './snapshot-key.ts';

it('is one per thing, whatever its names hold', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), fc.string(), (kind, name, subject) => {
      expect(parseSnapshotKey(snapshotKey(kind, name, subject))).toEqual({ kind, name, subject });
    }),
  );
  for (const key of ['', '{}', '["a"]', '[1,2,3]']) expect(parseSnapshotKey(key)).toBeNull();
});
