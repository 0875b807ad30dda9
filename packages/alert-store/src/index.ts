export { type Database, msOf, timeOf } from './database.ts';
export {
  type AlertDefinitionKind,
  listDefinitions,
  MAX_DEFINITIONS,
  readDefinition,
  removeDefinition,
  type StoredDefinition,
  saveDefinition,
  TooManyAlertDefinitions,
} from './definitions.ts';
export { listDeliveries, type RuleProgress, readProgress, type StoredDelivery } from './progress.ts';
export { activeSilences, addSilence, endSilence, listSilences, type StoredSilence } from './silences.ts';
