import { expect, it } from 'vitest';
import { type MissionContext, type MissionRow, RowSkipped, same, within } from './row.ts';
import { renderMission, runMission } from './run-mission.ts';

const row = (number: number, check: MissionRow['check']): MissionRow => ({
  row: number,
  name: `row ${number}`,
  check,
});

it('calls a row that throws failing, and goes on', async () => {
  const results = await runMission({} as MissionContext, () => undefined, [
    row(1, () => Promise.reject(new Error('no rows | at all'))),
    row(2, () => Promise.resolve('seen')),
    row(12, () => Promise.reject(new RowSkipped('not here'))),
    { ...row(3, () => Promise.resolve('half')), missing: 'the other half' },
  ]);
  expect(results.map((r) => [r.row, r.status, r.evidence])).toEqual([
    [1, 'fails', 'no rows | at all'],
    [2, 'works', 'seen'],
    [12, 'skipped', 'not here'],
    [3, 'fails', 'half. Not built yet: the other half'],
  ]);
  expect(renderMission(results)).toContain('| 1 | row 1 | fails | no rows \\| at all |');
});

it('compares exactly, or within a stated error', () => {
  expect(() => same('n', 1, 2)).toThrow('n: 1, expected 2');
  expect(within('p50', 101, 100, 0.01)).toBeCloseTo(1);
  expect(() => within('p50', 102, 100, 0.01)).toThrow('off by 2.00 %');
});
