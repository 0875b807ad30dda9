import { expect, it } from 'vitest';
import { canChangeStatus, changeStatus, EXPERIMENT_STATUSES } from './status.ts';

it('goes draft → running → stopped, and nowhere else', () => {
  const allowed = EXPERIMENT_STATUSES.flatMap((from) =>
    EXPERIMENT_STATUSES.filter((to) => canChangeStatus(from, to)).map((to) => `${from} → ${to}`),
  );
  expect(allowed).toEqual(['draft → running', 'running → stopped']);
  expect(changeStatus('draft', 'running')).toBe('running');
});

it('says what is allowed instead', () => {
  expect(() => changeStatus('running', 'draft')).toThrow('a running experiment can only become stopped');
  expect(() => changeStatus('stopped', 'running')).toThrow('create a new experiment');
  expect(() => changeStatus('draft', 'draft')).toThrow(
    expect.objectContaining({ code: 'EXPERIMENT_STATUS_INVALID' }),
  );
});
