import { Command } from 'commander';
import { actOf } from './audit-log/audited-commands.ts';
import { addAlerts } from './commands/alerts.ts';
import { addArchive } from './commands/archive.ts';
import { addAudit } from './commands/audit.ts';
import { addAuditLog } from './commands/audit-log.ts';
import { addBackup, addRestore } from './commands/backup.ts';
import { addBench } from './commands/bench.ts';
import { addChaos } from './commands/chaos.ts';
import { addConfig } from './commands/config.ts';
import { addConsent } from './commands/consent.ts';
import { addDecrypt } from './commands/decrypt.ts';
import { addCohorts, addFunnels, addSegments } from './commands/definitions.ts';
import { addDestinations } from './commands/destinations.ts';
import { addDlq } from './commands/dlq.ts';
import { addDoctor } from './commands/doctor.ts';
import { addDown } from './commands/down.ts';
import { addDrift } from './commands/drift.ts';
import { addExperiments } from './commands/experiments.ts';
import { addExport } from './commands/export.ts';
import { addJobs } from './commands/jobs.ts';
import { addKeys } from './commands/keys.ts';
import { addLogs } from './commands/logs.ts';
import { addMetrics } from './commands/metrics.ts';
import { addMission } from './commands/mission.ts';
import { addPassport } from './commands/passport.ts';
import { addPrices } from './commands/prices.ts';
import { addPrivacy } from './commands/privacy.ts';
import { addQuality } from './commands/quality.ts';
import { addReplay } from './commands/replay.ts';
import { addReports } from './commands/reports.ts';
import { addRetention } from './commands/retention.ts';
import { addScale } from './commands/scale.ts';
import { addScrub } from './commands/scrub.ts';
import { addSend } from './commands/send.ts';
import { addSql } from './commands/sql.ts';
import { addStatus } from './commands/status.ts';
import { addTail } from './commands/tail.ts';
import { addTopics } from './commands/topics.ts';
import { addTopology } from './commands/topology.ts';
import { addUp } from './commands/up.ts';
import { examples } from './examples.ts';

/** The whole command line. Each command loads what it works with only when it runs, so `scrub` and `--help` start at once. */
export function buildProgram(): Command {
  const program = new Command('fineprint')
    .description("Fine Print AI's analytics pipeline: start it, feed it, look into it.")
    .exitOverride()
    .showSuggestionAfterError()
    .showHelpAfterError('Run with --help for what there is.')
    .helpCommand(false);
  for (const add of [
    addUp,
    addDown,
    addStatus,
    addSend,
    addSql,
    addTail,
    addScrub,
    addTopology,
    addTopics,
    addKeys,
    addFunnels,
    addCohorts,
    addSegments,
    addPrices,
    addDrift,
    addAlerts,
    addJobs,
    addQuality,
    addRetention,
    addArchive,
    addBackup,
    addRestore,
    addExperiments,
    addMetrics,
    addExport,
    addDecrypt,
    addReports,
    addReplay,
    addConsent,
    addDestinations,
    addDlq,
    addAudit,
    addAuditLog,
    addLogs,
    addDoctor,
    addConfig,
    addMission,
    addPassport,
    addPrivacy,
    addChaos,
    addBench,
    addScale,
  ])
    add(program);
  // Whatever looks at personal data or changes something is written down first.
  program.hook('preAction', async (_program, command) => {
    if (actOf(command) !== null) await (await import('./audit-log/record-command.ts')).recordCommand(command);
  });
  program.addHelpText(
    'after',
    examples([
      ['up --detach', 'start everything and return when it is ready'],
      ['send events.jsonl', 'send events through the gateway'],
      ['sql "SELECT count() FROM product_events"', 'ask ClickHouse'],
      ['scrub < in.jsonl > out.jsonl', 'take personal data out of JSON; needs nothing running'],
    ]),
  );
  return program;
}
