import { experimentDefinitionSchema } from '@fineprint/experiments';
import { sourceProblem } from './metric-source.ts';

/** Postgres stores no text with these, and a name that holds one is a mistake. */
const isStorable = (text: string) => text.isWellFormed() && !text.includes('\u0000');

/** A definition whose metrics can be counted here, as a body. */
export const experimentBody = experimentDefinitionSchema
  .superRefine((definition, context) => {
    const refuse = (path: (string | number)[], message: string) =>
      context.addIssue({ code: 'custom', path, message });
    if (!isStorable(definition.description ?? ''))
      refuse(['description'], 'holds characters that are not text');
    for (const [index, metric] of definition.metrics.entries()) {
      const problem = isStorable(metric.source)
        ? sourceProblem(metric, definition.unit)
        : 'holds characters that are not text';
      if (problem !== null) refuse(['metrics', index, 'source'], problem);
    }
  })
  .meta({ id: 'ExperimentDefinition', description: 'What is tried on whom, and what decides.' });
