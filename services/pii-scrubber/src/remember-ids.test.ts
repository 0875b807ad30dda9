import { createScrubber } from '@fineprint/pii';
import { expect, it, vi } from 'vitest';
import { policyOf } from './config.ts';
import { rememberIds } from './remember-ids.ts';

const scrubber = createScrubber(policyOf({ PII_POLICY_FILE: undefined }), { pseudonymKey: 'k'.repeat(32) });

it('finds what the scrubber finds, and does not look again at an id that was looked at', () => {
  const scrubValue = vi.spyOn(scrubber, 'scrubValue');
  const remembered = rememberIds(scrubber);
  for (const path of ['user_id', 'anonymous_id'] as const)
    for (const id of ['ada@example.com', 'user-1']) {
      const expected = scrubber.scrubValue<unknown>(id, { path });
      expect(remembered.scrubValue<unknown>(id, { path })).toEqual(expected);
      expect(remembered.scrubId(path, id)).toEqual(expected);
      scrubValue.mockClear();
      expect(remembered.scrubId(path, id)).toEqual(expected);
      expect(remembered.scrubValue<unknown>(id, { path })).toEqual(expected);
      expect(scrubValue).not.toHaveBeenCalled();
    }
  expect(remembered.scrubValue('ada@example.com', { path: 'note' }).value).toBe('[EMAIL]');
  expect(remembered.scrubString('ada@example.com', { path: 'note' }).value).toBe('[EMAIL]');
  expect(remembered.scrubJsonLine('{"a":"ada@example.com"}').value).toBe('{"a":"[EMAIL]"}');
});
