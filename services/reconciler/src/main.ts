import { createLogger, runService } from '@fineprint/observability';
import { loadReconcilerConfig, SERVICE } from './config.ts';
import { startReconciler } from './reconciler.ts';

const config = loadReconcilerConfig();
const log = createLogger({ service: SERVICE, level: config.LOG_LEVEL });
runService({ log }, () => startReconciler(config, log));
