import type { Stack } from '@fineprint/stack';
import type { TopicAdmin } from '@fineprint/stream-runtime';
import type { TopicPlan } from '@fineprint/topology';
import { connectToKafka } from '../kafka-connection.ts';
import { openLocalStack, requirePart } from '../open-stack.ts';
import { printJson, printText } from '../output.ts';
import { topicSettings } from '../topic-settings.ts';
import { renderPlan } from './render-plan.ts';

interface Options {
  readonly json?: true;
}

/** `topics plan`: exit code 1 where `apply` would refuse. */
export async function planTopics(options: Options): Promise<void> {
  const plan = await withAdmin((admin, stack) => admin.planTopology(topicSettings(stack.provider)));
  await show(plan, options, 'would be');
  if (plan.refuse.length > 0) process.exitCode = 1;
}

export async function applyTopics(options: Options): Promise<void> {
  const plan = await withAdmin((admin, stack) => admin.applyTopology(topicSettings(stack.provider)));
  await show(plan, options, 'was');
}

async function show(plan: TopicPlan, options: Options, verb: 'would be' | 'was'): Promise<void> {
  if (options.json) await printJson(plan);
  else await printText(renderPlan(plan, verb));
}

async function withAdmin<T>(work: (admin: TopicAdmin, stack: Stack) => Promise<T>): Promise<T> {
  const stack = await openLocalStack();
  await requirePart(stack, 'kafka');
  const admin = await (await connectToKafka(stack)).admin();
  try {
    return await work(admin, stack);
  } finally {
    await admin.close();
  }
}
