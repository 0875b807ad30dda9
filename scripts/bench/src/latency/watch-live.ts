import { noteShown } from './journeys.ts';
import type { CleanTail } from './tail-clean.ts';

interface Shown {
  readonly as_of: string;
}

/**
 * Opens the stream that the dashboard shows of a model. What was stored when a reading was asked for is in it, so its arrival
 * tells of all of those, whichever model they were of.
 */
export async function watchLive(
  { url, key, model }: { readonly url: string; readonly key: string; readonly model: string },
  { lanes }: CleanTail,
): Promise<() => Promise<void>> {
  const abort = new AbortController();
  const answer = await fetch(`${url}/api/v1/ai/real-time/${model}/1.0.0`, {
    headers: { authorization: `Bearer ${key}`, accept: 'text/event-stream' },
    signal: abort.signal,
  });
  if (answer.status !== 200 || answer.body === null)
    throw new Error(`the live stream answered ${answer.status}`);
  const text = answer.body.pipeThrough(new TextDecoderStream());
  const reading = (async () => {
    let rest = '';
    for await (const chunk of text) {
      const messages = (rest + chunk).split('\n\n');
      rest = messages.pop() ?? '';
      for (const message of messages) noteReading(message, lanes);
    }
  })();
  const ended = reading.catch((error: unknown) => {
    if (!abort.signal.aborted) throw error;
  });
  ended.catch(() => undefined); // told by the end
  return async () => {
    abort.abort();
    await ended;
  };
}

function noteReading(message: string, lanes: CleanTail['lanes']): void {
  const data = /^event: metrics\ndata: (.*)$/m.exec(message)?.[1];
  if (data === undefined) return;
  const nowMs = Date.now();
  const readMs = Date.parse((JSON.parse(data) as Shown).as_of);
  for (const [place, lane] of lanes)
    if (place.startsWith('ai.requests.clean/')) noteShown(lane, readMs, nowMs);
}
