import type { DefinitionKind } from '@fineprint/definitions';
import { z } from 'zod';

/** How one kind of definition shows in the API. */
export interface KindInfo {
  readonly kind: DefinitionKind;
  /** In paths. */
  readonly plural: string;
  readonly summary: string;
  readonly bodySchema: z.ZodType;
  readonly example: object;
}

/** Checked by @fineprint/behaviour, which names all problems at once; here it is only described. */
const body = (id: string, description: string, properties: Record<string, object>) =>
  z.unknown().meta({
    id,
    description,
    override: {
      type: 'object',
      properties: { name: { type: 'string', description: "The path's, if it is given." }, ...properties },
    },
  });

const STEP = 'Which events: `event` or `kind`, and `where` (a list of `{path, op, value}`).';

export const KIND_INFO: Readonly<Record<DefinitionKind, KindInfo>> = {
  funnel: {
    kind: 'funnel',
    plural: 'funnels',
    summary: 'Steps that people take one after another within a window',
    bodySchema: body('FunnelDefinition', 'A funnel of 2 to 20 steps.', {
      steps: { type: 'array', items: { type: 'object' }, description: `${STEP} A \`name\` if it is unlike.` },
      windowMs: {
        type: 'integer',
        description: 'From the first step to the last, in ms: 1 second to 365 days.',
      },
      order: { type: 'string', enum: ['ordered', 'strict', 'any'], default: 'ordered' },
    }),
    example: { windowMs: 86_400_000, steps: [{ event: 'document_uploaded' }, { event: 'report_shared' }] },
  },
  cohort: {
    kind: 'cohort',
    plural: 'cohorts',
    summary: 'People who did or are something, or came in a period',
    bodySchema: body('CohortDefinition', 'A cohort by one rule.', {
      rule: {
        type: 'object',
        description: `\`type\` event (${STEP} \`atLeast\`, \`fromMs\`, \`toMs\`), property (of traits) or acquired.`,
      },
    }),
    example: { rule: { type: 'event', event: 'report_shared', atLeast: 3 } },
  },
  segment: {
    kind: 'segment',
    plural: 'segments',
    summary: 'People by a tree of rules',
    bodySchema: body('SegmentDefinition', 'A segment: a tree of at most 20 levels and 200 nodes.', {
      description: { type: 'string' },
      rule: {
        type: 'object',
        description:
          '`type` all, any, not (with `rules`), event_count, last_seen, property, funnel, cohort or lifetime_value.',
      },
    }),
    example: { rule: { type: 'last_seen', event: 'document_uploaded', op: 'lte', days: 7 } },
  },
};
