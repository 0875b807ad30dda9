import type { Command } from 'commander';
import { examples } from '../examples.ts';
import { userPath } from '../options.ts';

export function addScrub(program: Command): void {
  program
    .command('scrub')
    .description('take personal data out of JSON: one value per line in, the same lines scrubbed out')
    .option('--policy <file>', 'what to do with what is found (default: redact everything)')
    .option('--report', 'counts of what was found, on standard error')
    .addHelpText(
      'after',
      `
Same order, exactly one line for each. A line that is not JSON is replaced by {"error":{"code","line","message"}}, and
the exit code is 1. Needs nothing running. A policy that makes pseudonyms needs PII_PSEUDONYM_KEY (16 bytes or more).
${examples([
  ['scrub < events.jsonl > clean.jsonl', 'a file'],
  ['scrub --report < events.jsonl > /dev/null', 'only what would be found'],
])}`,
    )
    .action(async (options: { policy?: string; report?: true }) => {
      const { runScrub } = await import('../scrub/run-scrub.ts');
      const policyFile = options.policy === undefined ? undefined : userPath(options.policy);
      await runScrub({ policyFile, report: options.report === true });
    });
}
