import { readFileSync } from 'node:fs';
import {
  type CapacityPlan,
  DEFAULT_DEMAND,
  type Figures,
  kindOfTopic,
  measuredFigures,
  planCapacity,
  withFigures,
} from '@fineprint/capacity';
import { tables } from '@fineprint/warehouse-loader/tables';
import type { ScalePlanOptions } from '../commands/scale.ts';
import { CliError } from '../errors.ts';
import { userPath } from '../options.ts';
import { printJson, printText } from '../output.ts';
import { renderPlan } from './render-plan.ts';

/** `fineprint scale plan`. */
export async function runPlan(options: ScalePlanOptions): Promise<void> {
  const plan = planOf(options);
  await (options.json ? printJson(plan) : printText(renderPlan(plan)));
}

export function planOf(options: ScalePlanOptions): CapacityPlan {
  const {
    eventsPerSecond,
    averageEventsPerSecond,
    brokerMibPerSecond,
    figures,
    json: _json,
    ...more
  } = options;
  const demand = {
    ...DEFAULT_DEMAND,
    ...more,
    eventsPerSecond,
    averagePerSecond: averageEventsPerSecond ?? eventsPerSecond,
    brokerMiBPerSecond: brokerMibPerSecond ?? DEFAULT_DEMAND.brokerMiBPerSecond,
  };
  return planCapacity(demand, (figures ?? []).reduce(readFigures, measuredFigures), kindOfTable);
}

/** A table grows as the topic that it is loaded from. */
function kindOfTable(table: string) {
  const topic = Object.entries(tables).find(([, name]) => name === table)?.[0];
  return topic === undefined ? 'event' : kindOfTopic(topic);
}

function readFigures(base: Figures, file: string): Figures {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(userPath(file), 'utf8'));
  } catch (cause) {
    throw new CliError(
      'FILE_UNREADABLE',
      `${file} cannot be read as JSON.`,
      'Write one: npm run -s fineprint -- bench e2e --json > figures.json',
      { cause },
    );
  }
  return withFigures(base, content);
}
