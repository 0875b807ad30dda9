import { createLogger, runService } from '@fineprint/observability';
import { loadQueryConfig, SERVICE } from './config.ts';
import { startQueryApi } from './query-api.ts';

const config = loadQueryConfig();
const log = createLogger({ service: SERVICE, level: config.LOG_LEVEL });
runService({ log }, () => startQueryApi(config, log));
