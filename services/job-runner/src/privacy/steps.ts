import type { StepName } from '@fineprint/privacy';
import { archive } from './archive-step.ts';
import { archives } from './archives-step.ts';
import { clickhouse } from './clickhouse-step.ts';
import { collect } from './collect-step.ts';
import { destinations } from './destinations-step.ts';
import { list } from './list-step.ts';
import { postgres } from './postgres-step.ts';
import { receipt } from './receipt-step.ts';
import { redis } from './redis-step.ts';
import { scope } from './scope-step.ts';
import { settle } from './settle-step.ts';
import { snowflake } from './snowflake-step.ts';
import type { Step } from './step.ts';
import { stages, topics } from './topic-steps.ts';
import { verify } from './verify-step.ts';

/** What each step of a request does. */
export const steps: Readonly<Record<StepName, Step>> = {
  list,
  settle,
  scope,
  collect,
  archive,
  stages,
  postgres,
  topics,
  redis,
  clickhouse,
  snowflake,
  destinations,
  archives,
  verify,
  receipt,
};
