import { CliError } from '../errors.ts';
import { judgeAnswer, type Verdict } from './judge-answer.ts';
import type { Api } from './mapping.ts';
import type { PostEvents } from './post-events.ts';
import type { SendItem } from './send-item.ts';
import { countRejected, countRetry, type Tally } from './tally.ts';

export interface Delivery {
  readonly post: PostEvents;
  readonly tally: Tally;
  readonly signal: AbortSignal;
  /** Without a success for this long, the gateway is given up. */
  readonly giveUpAfterMs: number;
  readonly gatewayUrl: string;
  readonly clock: {
    nowMs(): number;
    sleep(ms: number, signal: AbortSignal): Promise<void>;
    jitter(): number;
  };
}

/** Sends events of one API until each is accepted or rejected; repeats carry the same ids, so none counts twice. */
export async function deliver(delivery: Delivery, api: Api, items: readonly SendItem[]): Promise<void> {
  const { tally } = delivery;
  const verdict = await postUntilAnswered(delivery, api, items);
  if (verdict.do === 'done') {
    for (const { index, ...why } of verdict.rejected) {
      const line = items[index]?.line ?? 0;
      countRejected(tally, { line, ...why });
    }
    tally.accepted += items.length - verdict.rejected.length;
    return;
  }
  const [only, second] = items;
  if (only !== undefined && second === undefined) {
    countRejected(tally, { line: only.line, code: verdict.code, message: verdict.message });
    return;
  }
  const half = Math.ceil(items.length / 2);
  await deliver(delivery, api, items.slice(0, half));
  await deliver(delivery, api, items.slice(half));
}

type Final = Extract<Verdict, { do: 'done' | 'split' }>;

async function postUntilAnswered(delivery: Delivery, api: Api, items: readonly SendItem[]): Promise<Final> {
  const { clock, signal, tally, giveUpAfterMs } = delivery;
  const events = items.map((item) => item.json);
  const startedAtMs = clock.nowMs();
  for (let attempt = 1; ; attempt += 1) {
    const answer = await delivery.post(api, events, signal);
    const verdict = judgeAnswer(answer, attempt, clock.jitter(), clock.nowMs());
    if (verdict.do === 'abort') throw refused(verdict, delivery.gatewayUrl);
    if (verdict.do !== 'retry') return verdict;
    if (clock.nowMs() + verdict.afterMs - startedAtMs > giveUpAfterMs) {
      const reason = answer.kind === 'network' ? answer.reason : verdict.code;
      throw new CliError(
        'GATEWAY_REFUSED',
        `${delivery.gatewayUrl} has not taken events for ${Math.round(giveUpAfterMs / 1_000)} s (${reason}).`,
        'Look at: npm run -s fineprint -- status. Then send the same file again: what was accepted does not count twice.',
      );
    }
    countRetry(tally, verdict.code);
    await clock.sleep(verdict.afterMs, signal);
  }
}

function refused(verdict: Extract<Verdict, { do: 'abort' }>, gatewayUrl: string): CliError {
  if (verdict.status === 401 || verdict.status === 403)
    return new CliError(
      'WRITE_KEY_REFUSED',
      `${gatewayUrl} does not accept the write key (${verdict.code}).`,
      'Give another with --key, or make one: npm run -s fineprint -- keys create <name>',
    );
  return new CliError(
    'GATEWAY_REFUSED',
    `${gatewayUrl} answered ${verdict.status} (${verdict.message}).`,
    'Check --url: it must be the address of the ingest-gateway.',
  );
}
