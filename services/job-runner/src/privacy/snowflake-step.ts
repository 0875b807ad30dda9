import { eraseSnowflake, snowflakeErased } from './snowflake-rows.ts';
import type { Step } from './step.ts';

export const snowflake: Step = async ({ ports, scope, request }) => {
  if (ports.snowflake === null) return { configured: false };
  await eraseSnowflake(ports.snowflake, scope, request.id);
  return { removed: await snowflakeErased(ports.snowflake, request.id) };
};
