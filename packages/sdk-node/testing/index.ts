export { type Fault, type FaultyProxy, startFaultyProxy } from './faulty-proxy.ts';
