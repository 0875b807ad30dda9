import type { Lab, LabContext } from '../../lab.ts';
import { type Answer, ask, newEvent, post, storedRows } from './send.ts';

/** As the gateway counts, the event itself is the first level and `properties` the second (MAX_JSON_DEPTH: 100). */
const DEPTH_LIMIT = 100;
/** Seconds on a machine that has much else to do; what is quadratic in the depth takes many minutes. */
const SCRUBBED_WITHIN_MS = 60_000;
/** Levels of a document inside a text, each with something personal. */
const LEVELS_IN_TEXT = 15_000;

export const deepJson: Lab = {
  name: 'deep-json',
  title:
    'JSON nested 100, 101, 5,000 and a million levels deep, over HTTP, inside a text, and to the query API',
  kind: 'input',
  passes: '400 beyond the limit; nothing is slow, and nothing overflows a stack',
  takesMs: 90_000,
  async run(context) {
    const { fault, check, figure } = context;
    const isTooDeep = ({ status, text }: Answer) => status === 400 && text.includes('too_deep');
    await fault('deep bodies', async () => {
      const atLimit = await post(context, { body: deepEvent(context, DEPTH_LIMIT) });
      check(`${DEPTH_LIMIT} levels: 202`, atLimit.status === 202, `${atLimit.status} ${atLimit.code}`);
      for (const depth of [DEPTH_LIMIT + 1, 5_000, 400_000]) {
        const answer = await post(context, { body: deepEvent(context, depth) });
        check(`${depth} levels: 400 too_deep`, isTooDeep(answer), `${answer.status} ${answer.code}`);
      }
      const lists = await post(context, { body: '['.repeat(1_000_000) + ']'.repeat(1_000_000) });
      check('a million lists: 400 too_deep', isTooDeep(lists), `${lists.status} ${lists.code}`);
    });
    await fault('a deep document inside a text, with an address at each level', async () => {
      const startedMs = performance.now();
      const note = `${'{"e":"a@planted-pii.example","a":'.repeat(LEVELS_IN_TEXT)}1${'}'.repeat(LEVELS_IN_TEXT)}`;
      const event = newEvent(context, { properties: { note } });
      const answer = await post(context, { body: JSON.stringify(event) });
      check('it is accepted', answer.status === 202, `${answer.status} ${answer.code}`);
      const [row] = await storedRows<{ id: string; clean: number }>(
        context,
        'product',
        [event.event_id],
        `toFloat64(position(properties, 'planted-pii') = 0) AS clean`,
      );
      const tookMs = Math.round(performance.now() - startedMs);
      check('it is stored without a single address', row?.clean === 1);
      check(`within ${SCRUBBED_WITHIN_MS / 1_000} s`, tookMs < SCRUBBED_WITHIN_MS, `${tookMs} ms`);
      figure('deep_text_stored_after_ms', tookMs);
    });
    await deepDefinitions(context);
  },
};

function deepEvent(context: LabContext, depth: number): string {
  const levels = depth - 2; // the event, and its properties
  const event = JSON.stringify(newEvent(context));
  return `${event.slice(0, -1)},"properties":{"a":${'['.repeat(levels)}${']'.repeat(levels)}}}`;
}

/** Rules and steps are recursive by nature: those of a segment may be nested, so whoever walks them must mind the depth. */
async function deepDefinitions({ fleet, target, check }: LabContext): Promise<void> {
  const rule = `${'{"and":['.repeat(15_000)}1${']}'.repeat(15_000)}`;
  const where = `${'{"a":'.repeat(30_000)}1${'}'.repeat(30_000)}`;
  for (const [kind, body] of [
    ['segments', `{"rule":${rule}}`],
    ['segments', `{"rule":{"and":[${rule}]},"description":"x"}`],
    ['funnels', `{"windowMs":1000,"steps":[{"event":"a","where":[${where}]},{"event":"b"}]}`],
    ['cohorts', `{"entry":${where}}`],
  ] as const) {
    const answer = await ask(`${fleet.one('query-api').url}/api/v1/analytics/${kind}/deep?dry_run=true`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${target.apiKey}`, 'content-type': 'application/json' },
      body,
    });
    const isRefused = answer.status >= 400 && answer.status < 500;
    check(`a deep definition of ${kind} is refused`, isRefused, `${answer.status} ${answer.code}`);
  }
}
