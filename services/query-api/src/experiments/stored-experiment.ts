import {
  EXPERIMENT_STATUSES,
  type ExperimentStatus,
  experimentDefinitionSchema,
} from '@fineprint/experiments';
import { z } from 'zod';
import { Problem } from '../problem/problem.ts';

/** An experiment as Postgres has it. */
export interface StoredExperiment {
  readonly id: string;
  readonly definition: z.output<typeof experimentDefinitionSchema>;
  readonly status: ExperimentStatus;
  readonly createdAt: Date;
  readonly createdBy: string;
  readonly startedAt: Date | null;
  readonly startedBy: string | null;
  readonly stoppedAt: Date | null;
  readonly stoppedBy: string | null;
  readonly stopReason: string | null;
}

export const COLUMNS = `id, definition, status, created_at AS "createdAt", created_by AS "createdBy", started_at AS "startedAt",
  started_by AS "startedBy", stopped_at AS "stoppedAt", stopped_by AS "stoppedBy", stop_reason AS "stopReason"`;

const who = z.string().meta({ description: "The API key's id." });

export const experimentAnswer = z
  .object({
    id: z.string(),
    status: z.enum(EXPERIMENT_STATUSES),
    definition: experimentDefinitionSchema,
    created_at: z.iso.datetime(),
    created_by: who,
    started_at: z.iso.datetime().nullable(),
    started_by: who.nullable(),
    stopped_at: z.iso.datetime().nullable(),
    stopped_by: who.nullable(),
    stop_reason: z.string().nullable(),
  })
  .meta({ id: 'Experiment' });

/** As the API answers it. */
export function toAnswer(stored: StoredExperiment): z.output<typeof experimentAnswer> {
  return {
    id: stored.id,
    status: stored.status,
    definition: stored.definition,
    created_at: stored.createdAt.toISOString(),
    created_by: stored.createdBy,
    started_at: stored.startedAt?.toISOString() ?? null,
    started_by: stored.startedBy,
    stopped_at: stored.stoppedAt?.toISOString() ?? null,
    stopped_by: stored.stoppedBy,
    stop_reason: stored.stopReason,
  };
}

/** The id in a path. What cannot be one is not looked for. */
export const experimentPath = z.strictObject({
  id: z
    .string()
    .regex(/^[a-z0-9][a-z0-9_-]{0,63}$/, 'is no id of an experiment')
    .meta({ description: "The experiment's id." }),
});

export const unknownExperiment = () => new Problem('unknown_experiment', 'No experiment has this id.');
