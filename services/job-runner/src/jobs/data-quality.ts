import { statuses } from '@fineprint/data-quality';
import { every } from '@fineprint/jobs';
import type { Job } from '../engine/job.ts';
import type { JobPorts } from '../ports.ts';
import { decideResults, type Found } from '../quality/decide.ts';
import { evaluateRule } from '../quality/evaluate.ts';
import { loadRules } from '../quality/load-rules.ts';
import { resultRecord } from '../quality/records.ts';

/** Runs every rule, one after another. Rules are read anew for each run. */
export const dataQuality: Job<JobPorts> = {
  name: 'data-quality',
  description: 'runs the data quality rules, keeps their results, raises and resolves alerts',
  schedule: every(360),
  missed: { type: 'latest' },
  timeoutMs: 1_800_000,
  maxAttempts: 3,
  async run({ reader, qualityRulesFile }, run) {
    const found: Found[] = [];
    for (const rule of await loadRules(qualityRulesFile)) {
      const verdict = await evaluateRule(reader, rule, run.slotMs, run.signal);
      const times = { slotMs: run.slotMs, nowMs: Math.floor(run.claimedAtMs) };
      found.push({ rule, result: resultRecord(rule, verdict, times) });
    }
    const decided = await run.whileOurs((client) => decideResults(client, run.slotMs, found));
    const count = (status: string) => found.filter((f) => f.result.status === status).length;
    return {
      rules: found.length,
      ...decided,
      ...Object.fromEntries(statuses.map((status) => [status, count(status)])),
    };
  },
};
