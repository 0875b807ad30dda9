import { setTimeout as sleep } from 'node:timers/promises';
import { type ReplayRequest, replayKey, toReplayRequest } from '@fineprint/ingest-gateway/replay';
import { CliError } from '../errors.ts';
import { type Answer, judgeAnswer } from '../send/judge-answer.ts';
import type { Letter } from './letter.ts';
import type { FullLetter, ReplayWay, Sent } from './ways.ts';

/** One request; resolves with whatever came back. */
export type PostReplay = (request: ReplayRequest) => Promise<Answer>;

export interface GatewayWayOptions {
  readonly post: PostReplay;
  /** Whose write key is used: an event's source is part of its identity. */
  readonly source: string;
  readonly pauseMs?: (afterMs: number) => Promise<unknown>;
}

const MAX_TRIES = 8;

/**
 * Through HTTP again, as its producer would send it: same route, and the id that a retry of the first request would have.
 * An event that had none gets one from its letter, so that twice is once.
 */
export function createGatewayWay({ post, source, pauseMs = sleep }: GatewayWayOptions): ReplayWay {
  const send = async ({ record, rootId }: FullLetter): Promise<Sent> => {
    const request = toReplayRequest(record, rootId);
    if (request === null) return 'no_source';
    for (let attempt = 1; ; attempt++) {
      const verdict = judgeAnswer(await post(request), attempt, Math.random(), Date.now());
      if (verdict.do === 'done') return verdict.rejected.length > 0 ? 'refused_again' : 'replayed';
      if (verdict.do === 'split') return 'refused_again';
      if (verdict.do === 'abort')
        throw new CliError(
          'WRITE_KEY_REFUSED',
          `The gateway does not take the write key: ${verdict.message}`,
          'Give one that is in use: --write-key.',
        );
      if (attempt === MAX_TRIES)
        throw new CliError(
          'GATEWAY_REFUSED',
          `The gateway does not take the letters now: ${verdict.code}.`,
          'Run the same again later: what was replayed is not sent twice.',
        );
      await pauseMs(verdict.afterMs);
    }
  };
  return {
    refusalOf(letter) {
      if (letter.headerNames.includes('cut_from_bytes')) return 'bytes_cut_short';
      if (letter.route === null || letter.source === null) return 'no_source';
      return letter.source === source ? null : 'other_source';
    },
    async send(letters) {
      const sent: Sent[] = [];
      for (const letter of letters) sent.push(await send(letter));
      return sent;
    },
  };
}

/** Which earlier letter of the gateway one is about: a replay's key names it, and no other source can use it. */
export function gatewayLinks(letters: readonly Letter[]): (letter: Letter) => string | null {
  const byKey = new Map<string, string>();
  for (const { id, stage, source } of letters)
    if (stage === 'ingest-gateway') byKey.set(`${source} ${replayKey(id)}`, id);
  return ({ stage, source, idempotencyKey }) =>
    stage === 'ingest-gateway' ? (byKey.get(`${source} ${idempotencyKey}`) ?? null) : null;
}
