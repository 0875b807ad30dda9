import { JobError } from '@fineprint/jobs';
import type { StepName } from '@fineprint/privacy';
import { clickhouse } from './clickhouse-step.ts';
import { clickhouseTables } from './clickhouse-tables.ts';
import { countRows, postgresTables } from './count-rows.ts';
import { endStep } from './end-step.ts';
import { postgres } from './postgres-step.ts';
import { snowflake } from './snowflake-step.ts';
import type { Step } from './step.ts';

const MAX_ROUNDS = 3;

/** Searches every store again. What a stage wrote late is deleted now; what keeps coming back is an error. */
export const verify: Step = async (context) => {
  for (let round = 1; ; round++) {
    const found = await countRows(context);
    if (found.length === 0) {
      const tables =
        (await clickhouseTables(context.warehouse, context.run.signal)).length + postgresTables.length;
      return { at: new Date().toISOString(), rounds: round, tables, rows_found: 0 };
    }
    if (round === MAX_ROUNDS)
      throw new JobError(
        'rows_come_back',
        `${found.map(({ table }) => table).join(', ')} have rows of the subject again`,
      );
    for (const [name, step] of Object.entries({ postgres, clickhouse, snowflake }) as [StepName, Step][]) {
      const result = await step(context);
      await context.run.whileOurs((client) => endStep(client, context.request.id, name, result));
    }
  }
};
