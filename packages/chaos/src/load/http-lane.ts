import type { Batch } from './batches.ts';
import { toJson } from './event-forms.ts';
import { type PostTarget, postBatch } from './post-batch.ts';

/** Sends a batch through the gateway; every event of it has been answered for when this resolves with true. */
export async function sendOverHttp(
  target: PostTarget,
  batch: Batch,
  deadline: AbortSignal,
): Promise<boolean> {
  const product = batch.all.filter((e) => e.kind === 'product').map(toJson);
  const ai = batch.all.filter((e) => e.kind !== 'product').map(toJson);
  const answers = [
    product.length === 0 || (await postBatch(target, '/api/v1/product/events/batch', product, deadline)),
    ai.length === 0 || (await postBatch(target, '/api/v1/ai/events/batch', ai, deadline)),
  ];
  return answers.every(Boolean);
}
