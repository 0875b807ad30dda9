export { receiverSecret } from './deliver/signature.ts';
export { type AlertSources, openSources } from './evaluate/sources.ts';
