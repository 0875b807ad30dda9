import { expect, it } from 'vitest';
import { admit, newestOf, type Snapshot } from './snapshot.ts';

const record = {
  subject: 'u:ann',
  kind: 'cohort',
  name: 'buyers',
  definition_version: 1,
  state: '{"earliest":[],"latest":null}',
  as_of_offset: 3,
  as_of_source_offset: 3,
};
const link = { ...record, subject: 'a:x', kind: 'link', name: 'ann', state: '{"at":1700000000000}' };

it('takes what can be read', () => {
  expect(admit(record)).toBe('apply');
  expect(admit(link)).toBe('apply');
  expect(admit({ ...record, kind: 'definition', state: '' })).toEqual({ type: 'drop', reason: 'mark' });
});

it.each([
  ['another kind', { kind: 'segment' }, 'unknown_kind'],
  ['a kind that every object has', { kind: 'constructor' }, 'unknown_kind'],
  ['no subject', { subject: 'u:' }, 'invalid_subject'],
  ['a subject of neither kind', { subject: 'ann' }, 'invalid_subject'],
  ['a subject that Postgres cannot hold', { subject: 'u:a\0b' }, 'invalid_subject'],
  ['a subject beyond the bound', { subject: `u:${'é'.repeat(400)}` }, 'invalid_subject'],
  ['no name', { name: '' }, 'invalid_name'],
  ['no JSON', { state: '{' }, 'invalid_state'],
  ['another JSON', { state: '[]' }, 'invalid_state'],
  ['a time that is none', { ...link, state: '{"at":"now"}' }, 'invalid_state'],
  ['a time beyond all stores', { ...link, state: '{"at":1e17}' }, 'invalid_state'],
  ['a user that is linked', { ...link, subject: 'u:ann' }, 'invalid_subject'],
  ['a funnel state of a cohort', { kind: 'funnel' }, 'invalid_state'],
])('refuses %s', (_what, change, code) => {
  expect(admit({ ...record, ...change })).toMatchObject({ type: 'dead-letter', code });
});

it('keeps of each key the newest version, and of it the highest as-of', () => {
  const snapshot = (definitionVersion: number, asOfOffset: number, partition = 0): Snapshot => ({
    ...{ partition, subject: 'u:ann', kind: 'cohort', name: 'buyers', state: '' },
    ...{ definitionVersion, asOfOffset },
  });
  const all = [snapshot(1, 9), snapshot(2, 4), snapshot(2, 3), snapshot(1, 1, 5)];
  expect(newestOf(all)).toEqual([snapshot(2, 4), snapshot(1, 1, 5)]);
});
