import { type Answer, type DeletionRequest, deletionApis } from '@fineprint/destinations';
import { expect, it } from 'vitest';
import { createDeletions } from './deletions.ts';

const NOW_MS = Date.UTC(2026, 0, 5);
const credentials = { key: 'key', secret: 'secret' };
const subject = { users: ['ada', 'pseudonym'], anonymous: ['device'] };

for (const name of ['mixpanel', 'amplitude', 'segment'] as const) {
  const api = deletionApis[name];
  const vendor = createDeletions(name, { ...credentials, nowMs: () => NOW_MS });
  const send = ({ method, path, headers, body }: DeletionRequest): Answer => {
    const url = new URL(path, 'http://vendor');
    const answer = vendor.handle({
      method,
      path: url.pathname,
      query: url.searchParams,
      headers,
      body: body ?? '',
    });
    const text = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body);
    return { status: answer.status, headers: {}, body: text };
  };

  it(`${name}: asked for, looked after, done`, () => {
    const ids = api.idsOf(subject);
    const asked = api.asked(send(api.ask(ids, 'gdpr', credentials, NOW_MS)), NOW_MS);
    if (asked.is !== 'asked') throw new Error(asked.is);
    expect([...vendor.wanted]).toEqual(ids);
    expect(api.looked(send(api.look(asked.task, credentials)), asked.task)).toEqual(asked);
    vendor.finish();
    expect(api.looked(send(api.look(asked.task, credentials)), asked.task)).toEqual({ is: 'done' });
  });

  it(`${name}: a wrong secret is ours to mend; no answer, or a busy one, is asked again`, () => {
    const wrong = send(api.ask(['ada'], 'ccpa', { ...credentials, secret: 'other' }, NOW_MS));
    expect(api.asked(wrong, NOW_MS)).toEqual({ is: 'refused' });
    for (const status of [null, 429, 503])
      expect(api.asked({ status, headers: {}, body: '' }, NOW_MS)).toEqual({ is: 'away' });
    expect(api.asked({ status: 400, headers: {}, body: '<html>' }, NOW_MS)).toEqual({ is: 'failed' });
  });
}
