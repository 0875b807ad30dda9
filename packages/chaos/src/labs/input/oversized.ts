import type { Lab, LabContext } from '../../lab.ts';
import { type Answer, newEvent, post, storedRows } from './send.ts';

const MIB = 1_048_576;
/** The gateway's defaults: MAX_BODY_BYTES, MAX_EVENT_CHARS. */
const BODY_LIMIT_BYTES = 5 * MIB;
const EVENT_LIMIT_CHARS = 900_000;
const GOOD = 99;

export const oversized: Lab = {
  name: 'oversized',
  title: 'bodies and events at the limit, a byte beyond it, of 10 MiB, and one huge event among 99 good ones',
  kind: 'input',
  passes: 'at the limit 202; beyond it 413, or an error of that event alone; the 99 are accepted',
  takesMs: 60_000,
  async run(context) {
    const { check, figure, fault } = context;
    const expect = (what: string, answer: Answer, status: number, code: string) =>
      check(
        `${what}: ${status} ${code}`.trim(),
        answer.status === status && answer.code === code,
        `${answer.status} ${answer.code}`,
      );

    await fault('bodies and events around their limits', async () => {
      expect(
        'a body at the limit',
        await post(context, { body: paddedTo(context, BODY_LIMIT_BYTES) }),
        202,
        '',
      );
      expect(
        'a byte beyond',
        await post(context, { body: paddedTo(context, BODY_LIMIT_BYTES + 1) }),
        413,
        'body_too_large',
      );
      expect('10 MiB', await post(context, { body: paddedTo(context, 10 * MIB) }), 413, 'body_too_large');
      expect(
        'an event at the limit',
        await post(context, { body: eventOf(context, EVENT_LIMIT_CHARS) }),
        202,
        '',
      );
      expect(
        'a character beyond',
        await post(context, { body: eventOf(context, EVENT_LIMIT_CHARS + 1) }),
        413,
        'event_too_large',
      );
    });

    const good = Array.from({ length: GOOD }, () => newEvent(context));
    const huge = eventOf(context, EVENT_LIMIT_CHARS * 2);
    const mixed = await post(context, { body: `[${[...good.map((e) => JSON.stringify(e)), huge].join()}]` });
    const [refused] = mixed.rejected;
    check(
      'one huge event among 99 is refused alone',
      mixed.status === 202 &&
        mixed.accepted.length === GOOD &&
        mixed.rejected.length === 1 &&
        refused?.code === 'event_too_large',
      `${mixed.status}, ${mixed.accepted.length} accepted, ${mixed.rejected.map((r) => r.code).join()}`,
    );
    const rows = await storedRows(
      context,
      'product',
      good.map((e) => e.event_id),
      '1 AS one',
    );
    check('the 99 are stored', rows.length === GOOD, `${rows.length}`);
    figure('accepted_beside_a_huge_one', mixed.accepted.length);
  },
};

/** One small event in a body of exactly so many bytes: white space counts too. */
function paddedTo(context: LabContext, bytes: number): string {
  const event = JSON.stringify(newEvent(context));
  return event + ' '.repeat(bytes - event.length);
}

/** One event of exactly so many characters. */
function eventOf(context: LabContext, chars: number): string {
  const text = (note: string) => JSON.stringify({ ...event, properties: { note } });
  const event = newEvent(context);
  return text('x'.repeat(chars - text('').length));
}
