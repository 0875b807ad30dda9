import type { StepName } from '@fineprint/privacy';
import type { StepContext } from './step.ts';

/**
 * Writes down how much a step is about to take away, and answers the most that it ever found: killed half-way, it finds less the
 * next time, and the receipt says what was there.
 */
export function noteFound(
  { run, request }: Pick<StepContext, 'run' | 'request'>,
  step: StepName,
  figure: string,
  found: number,
): Promise<number> {
  return run.whileOurs(async (client) => {
    const { rows } = await client.query(
      `UPDATE fineprint.privacy_steps
       SET result = json_build_object($3::text, greatest($4::integer, (result ->> $3)::integer))
       WHERE request_id = $1 AND name = $2 RETURNING (result ->> $3)::integer AS most`,
      [request.id, step, figure, found],
    );
    return (rows as { most: number }[])[0]?.most ?? found;
  });
}
