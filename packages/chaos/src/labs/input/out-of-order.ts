import type { Lab, LabContext } from '../../lab.ts';
import { toJson } from '../../load/event-forms.ts';
import type { AiFigures, SentEvent } from '../../load/sent-event.ts';
import { post, storedRows } from './send.ts';

const EVENTS = 400;
const LATE = 50;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const BATCH = 50;
const COUNTED_WITHIN_MS = 180_000;
const PATH = '/api/v1/ai/events/batch';

type AiEvent = SentEvent & { readonly ai: AiFigures };

/** The judge holds every minute of the metrics against a count over the events, so here only the lateness is made. */
export const outOfOrder: Lab = {
  name: 'out-of-order',
  title: 'AI requests of two hours, shuffled, and some that are days to a year late',
  kind: 'input',
  passes:
    'metrics equal a count over the events; what is late is counted in its own minute (there is no watermark)',
  takesMs: 120_000,
  async run(context) {
    const { random, fault, check, figure, target } = context;
    const nowMs = Date.now();
    const model = `late-${random.uuid().slice(0, 8)}`;
    const shuffled = Array.from({ length: EVENTS }, () =>
      newRequest(context, model, Math.floor(nowMs + random.between(-HOUR_MS, HOUR_MS))),
    );
    const late = Array.from({ length: LATE }, () =>
      newRequest(context, model, Math.floor(nowMs - random.between(DAY_MS, 300 * DAY_MS))),
    );
    const all = random.shuffled([...shuffled, ...late]);
    await fault(`${all.length} requests out of order`, async () => {
      for (let from = 0; from < all.length; from += BATCH) await send(context, all.slice(from, from + BATCH));
    });
    await storedRows(
      context,
      'ai',
      all.map((e) => e.id),
      '1 AS one',
    );
    const expected = `${all.length} ${all.reduce((sum, e) => sum + e.ai.inputTokens, 0)}`;
    const query = `SELECT toString(sum(requests)) AS requests, toString(sum(input_tokens)) AS tokens FROM ai_metrics_minute WHERE model_name = '${model}'`;
    let counted = '';
    for (let waitedMs = 0; waitedMs < COUNTED_WITHIN_MS && counted !== expected; waitedMs += 1_000) {
      await context.sleep(1_000);
      const [row] = await target.sql<{ requests: string; tokens: string }>(query);
      counted = `${row?.requests} ${row?.tokens}`;
    }
    check('requests and tokens of all minutes add up', counted === expected, `${counted}, not ${expected}`);
    const [lateRow] = await target.sql<{ requests: number }>(
      `SELECT toFloat64(sum(requests)) AS requests FROM ai_metrics_minute WHERE model_name = '${model}' AND window_start < fromUnixTimestamp64Milli(${nowMs - DAY_MS + 60_000})`,
    );
    check(
      'what is late is counted where it belongs',
      lateRow?.requests === LATE,
      `${lateRow?.requests} of ${LATE}`,
    );
    figure('late_counted', lateRow?.requests ?? 0);
  },
};

function newRequest({ random, book }: LabContext, model: string, timeMs: number): AiEvent {
  const ai = { model, version: '1', inputTokens: random.below(1_000), outputTokens: 5, success: true };
  const event: AiEvent = { id: random.uuid(), kind: 'ai', order: null, timeMs, ai };
  book.sent(event);
  return event;
}

async function send(context: LabContext, events: readonly AiEvent[]): Promise<void> {
  const body = events.map((e) =>
    toJson({ ...e, user: `lab-${e.id.slice(0, 8)}`, note: '', requestId: e.id }),
  );
  const answer = await post(context, { path: PATH, body: JSON.stringify(body) });
  context.check(
    `${events.length} requests are accepted`,
    answer.accepted.length === events.length,
    `${answer.status} ${answer.code}`,
  );
}
