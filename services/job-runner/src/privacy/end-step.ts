import type { Queryable } from '@fineprint/http-kit';
import type { StepName } from '@fineprint/privacy';

/** Writes down that a step is done. The step that ends a request does so itself, in the same transaction. */
export async function endStep(
  client: Queryable,
  requestId: string,
  name: StepName,
  result: object,
): Promise<void> {
  await client.query(
    `UPDATE fineprint.privacy_steps SET state = 'done', result = $3, finished_at = clock_timestamp()
     WHERE request_id = $1 AND name = $2`,
    [requestId, name, JSON.stringify(result)],
  );
}
