export { type GatewayProcess, startGatewayProcess } from './gateway-process.ts';
export { startTestGateway, type TestGateway, type TestGatewayOptions } from './test-gateway.ts';
