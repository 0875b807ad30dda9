import { createLogger, runService } from '@fineprint/observability';
import { loadJobRunnerConfig, SERVICE } from './config.ts';
import { startJobRunner } from './job-runner.ts';

const config = loadJobRunnerConfig();
const log = createLogger({ service: SERVICE, level: config.LOG_LEVEL });
runService({ log }, () => startJobRunner(config, log));
