import { describe, expect, it } from 'vitest';
import { transitiveProblems } from './compatibility.ts';
import { loadSubjects } from './load.ts';

const record = (fields: object[]) => ({ type: 'record', name: 'R', fields }) as never;
const id = { name: 'id', type: 'string' };

describe('BACKWARD_TRANSITIVE', () => {
  it.each(loadSubjects())('$subject: every version reads all earlier ones', ({ versions }) => {
    expect(transitiveProblems(versions)).toEqual([]);
  });

  it('accepts a new field with a default', () => {
    const v2 = record([id, { name: 'extra', type: ['null', 'string'], default: null }]);
    expect(transitiveProblems([record([id]), v2])).toEqual([]);
  });

  it('refuses a new field without a default', () => {
    const v2 = record([id, { name: 'extra', type: 'string' }]);
    expect(transitiveProblems([record([id]), v2])).toHaveLength(1);
  });

  it('refuses what skips a version: v3 reads v2 but not v1', () => {
    const v1 = record([{ name: 'n', type: 'string' }]);
    const v2 = record([]);
    const v3 = record([{ name: 'n', type: 'long', default: 0 }]);
    expect(transitiveProblems([v1, v2, v3]).join()).toContain('v3 cannot read v1');
  });
});

/** Records that stand for one event each; snapshots are told apart by their key instead. */
const EVENTS = ['ai-feedback', 'ai-request', 'consent-update', 'dead-letter', 'product-event'];

describe('record layout', () => {
  const events = loadSubjects().filter(({ subject }) => EVENTS.includes(subject));

  it.each(events)('$subject: its identity is the first field, in every version', ({ versions }) => {
    for (const v of versions) {
      const first = (v as { fields: { name: string; type: unknown }[] }).fields[0];
      expect(first?.name).toMatch(/^(event_id|dead_letter_id)$/);
      expect(first?.type).toEqual({ type: 'string', logicalType: 'uuid' });
    }
  });
});
