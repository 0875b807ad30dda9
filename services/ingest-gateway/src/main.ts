import { createLogger, runService } from '@fineprint/observability';
import { loadGatewayConfig, SERVICE } from './config.ts';
import { startGateway } from './gateway.ts';

const config = loadGatewayConfig();
const log = createLogger({ service: SERVICE, level: config.LOG_LEVEL });
runService({ log }, () => startGateway(config, log));
