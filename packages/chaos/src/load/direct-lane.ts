import { setTimeout as sleep } from 'node:timers/promises';
import type { OutputRecord, RecordEncoder, RecordWriter } from '@fineprint/stream-runtime';
import type { Batch } from './batches.ts';
import type { Book } from './book.ts';
import { toAiRequest, toConsent, toFeedback, toProductEvent } from './event-forms.ts';
import type { PlannedEvent } from './event-source.ts';

const RETRY_MS = 200;

/** Publishes a batch straight to the topics, as another service would: the same records again until Kafka confirms them. */
export async function publishDirectly(
  { writer, encoder, book }: { writer: RecordWriter; encoder: RecordEncoder; book: Book },
  batch: Batch,
  deadline: AbortSignal,
): Promise<boolean> {
  const records = batch.all.map((event) => toRecord(encoder, event));
  while (!deadline.aborted) {
    try {
      await writer.write(records);
      for (const { id } of batch.all) book.acknowledged(id);
      return true;
    } catch {
      book.failed('kafka'); // away, or its answer was lost: the same again
      await sleep(RETRY_MS);
    }
  }
  return false;
}

function toRecord(encoder: RecordEncoder, event: PlannedEvent): OutputRecord {
  const key = Buffer.from(event.user);
  switch (event.kind) {
    case 'product':
      return {
        topic: 'product.events.raw',
        key,
        value: encoder.encode('product.events.raw', toProductEvent(event)),
      };
    case 'ai':
      return { topic: 'ai.requests.raw', key, value: encoder.encode('ai.requests.raw', toAiRequest(event)) };
    case 'feedback':
      return { topic: 'ai.feedback.raw', key, value: encoder.encode('ai.feedback.raw', toFeedback(event)) };
    case 'consent':
      return { topic: 'consent.updates', key, value: encoder.encode('consent.updates', toConsent(event)) };
  }
}
