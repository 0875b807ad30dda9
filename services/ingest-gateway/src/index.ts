export { type GatewayConfig, gatewayFields } from './config.ts';
export { startGateway } from './gateway.ts';
export { type Code, codes } from './problem/codes.ts';
