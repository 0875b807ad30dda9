import { createLogger, runService } from '@fineprint/observability';
import { loadDriftConfig, SERVICE } from './config.ts';
import { startDriftMonitor } from './drift-monitor.ts';

const config = loadDriftConfig();
const log = createLogger({ service: SERVICE, level: config.LOG_LEVEL });
runService({ log }, () => startDriftMonitor(config, log));
