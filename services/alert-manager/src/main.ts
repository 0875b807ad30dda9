import { createLogger, runService } from '@fineprint/observability';
import { startAlertManager } from './alert-manager.ts';
import { loadAlertConfig, SERVICE } from './config.ts';

const config = loadAlertConfig();
const log = createLogger({ service: SERVICE, level: config.LOG_LEVEL });
runService({ log }, () => startAlertManager(config, log));
