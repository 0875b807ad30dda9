import type { SendCommandOptions } from '../commands/send.ts';
import { CliError } from '../errors.ts';
import { printJson, printText } from '../output.ts';
import { gatewayTarget } from './gateway-target.ts';
import { createPostEvents } from './post-events.ts';
import { startProgress } from './progress.ts';
import { type EventFile, openEventFile } from './read-events.ts';
import { runSend } from './run-send.ts';
import { renderSummary, type SendSummary, summaryOf } from './summary.ts';
import { countRejected, createTally, type Tally } from './tally.ts';

/** The `send` command: a file's events through the gateway, a progress bar on standard error, a summary on standard output. */
export async function sendFile(file: string, options: SendCommandOptions): Promise<void> {
  const events = await openEventFile(file, { mapping: options.mapping, api: options.endpoint });
  const summary = options.dryRun ? await dryRun(file, events) : await send(file, events, options);
  if (options.json) await printJson(summary);
  else await printText(renderSummary(summary));
  if (summary.rejected + summary.lost > 0) process.exitCode = 1;
}

async function send(file: string, events: EventFile, options: SendCommandOptions): Promise<SendSummary> {
  const { gatewayUrl, writeKey } = await gatewayTarget(options);
  const interrupted = new AbortController();
  const stop = () => interrupted.abort();
  process.once('SIGINT', stop).once('SIGTERM', stop);
  const tally = createTally();
  const startedAtMs = Date.now();
  const progress = startProgress(events.input, tally);
  const { failure } = await runSend(
    events,
    createPostEvents(gatewayUrl, writeKey),
    {
      gatewayUrl,
      batchSize: options.batch,
      concurrency: options.concurrency,
      ratePerS: options.rate,
      giveUpAfterMs: options.giveUpAfter * 1_000,
      signal: interrupted.signal,
    },
    tally,
  );
  progress.stop();
  process.off('SIGINT', stop).off('SIGTERM', stop);
  const summary = summaryOf({ file, events, tally, elapsedMs: Date.now() - startedAtMs, url: gatewayUrl });
  if (failure === undefined) return summary;
  if (options.json) await printJson(summary);
  else await printText(renderSummary(summary));
  throw failure;
}

const SAMPLE_SIZE = 3;

async function dryRun(file: string, events: EventFile): Promise<SendSummary> {
  const tally: Tally = createTally();
  const sample: unknown[] = [];
  const startedAtMs = Date.now();
  for await (const lines of events.lines) {
    for (const line of lines) {
      tally.read += 1;
      if ('bad' in line) countRejected(tally, line.bad);
      else {
        tally.accepted += 1;
        if (sample.length < SAMPLE_SIZE) sample.push(JSON.parse(line.item.json));
      }
    }
  }
  if (tally.read === 0) throw new CliError('FORMAT_UNKNOWN', `${file} holds no events.`, 'Check the file.');
  return {
    ...summaryOf({ file, events, tally, elapsedMs: Date.now() - startedAtMs, url: undefined }),
    sample,
  };
}
