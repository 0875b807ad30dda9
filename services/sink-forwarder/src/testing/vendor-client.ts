import type { Faults, Vendor } from '@fineprint/contract-servers';
import type { Answer, HttpRequest } from '@fineprint/destinations';
import { type Clock, sleep } from '@fineprint/stream-runtime';
import type { DestinationClient } from '../client.ts';

const NO_ANSWER: Answer = { status: null, headers: {}, body: '' };

/** Asks a vendor without a network; what goes wrong on the way is told by `faults`. */
export function createVendorClient(
  vendor: Vendor,
  options: { readonly clock: Clock; readonly faults: Faults; readonly timeoutMs: number },
): DestinationClient & { readonly sentAtMs: readonly number[] } {
  const { clock, timeoutMs } = options;
  const sentAtMs: number[] = [];
  const ask = ({ path, headers, body }: HttpRequest): Answer => {
    const { pathname, searchParams: query } = new URL(path, 'http://vendor');
    const answer = vendor.handle({ method: 'POST', path: pathname, query, headers, body });
    const text = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body);
    return { status: answer.status, headers: { ...answer.headers }, body: text };
  };
  return {
    sentAtMs,
    async send(request) {
      sentAtMs.push(clock.nowMs());
      const fault = options.faults();
      switch (fault.kind) {
        case 'error':
          return { ...NO_ANSWER, status: fault.status };
        case 'busy': {
          const retryAfter = fault.retryAfterS === null ? undefined : String(fault.retryAfterS);
          return { status: 429, headers: { 'retry-after': retryAfter }, body: '' };
        }
        case 'reset':
          return NO_ANSWER;
        case 'reset-after':
          ask(request);
          return NO_ANSWER;
        case 'timeout-after':
          ask(request);
          await sleep(clock, timeoutMs);
          return NO_ANSWER;
        case 'slow':
          await sleep(clock, Math.min(fault.delayMs, timeoutMs));
          return fault.delayMs < timeoutMs ? ask(request) : NO_ANSWER;
        default:
          return ask(request);
      }
    },
    close: () => Promise.resolve(),
  };
}
