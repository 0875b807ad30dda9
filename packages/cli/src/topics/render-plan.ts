import type { TopicPlan } from '@fineprint/topology';
import pc from '../colors.ts';

/** A plan in words, one line per change. */
export function renderPlan(plan: TopicPlan, verb: 'would be' | 'was'): string {
  const lines = [
    ...plan.create.map((topic) => `${pc.green('+')} ${topic} ${verb} created`),
    ...plan.alter.flatMap(({ topic, config, was }) =>
      Object.entries(config).map(
        ([key, value]) =>
          `${pc.yellow('~')} ${topic} ${key} ${verb} changed from ${was[key] ?? 'unset'} to ${value}`,
      ),
    ),
    ...plan.refuse.map((problem) => `${pc.red('✗')} ${problem}`),
  ];
  return lines.length === 0 ? 'All topics are as declared.' : lines.join('\n');
}
