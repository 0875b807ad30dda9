export {
  type ActiveDefinition,
  DEFINITION_KINDS,
  type DefinitionKind,
  type DefinitionTypes,
  parseDefinition,
  type StoredDefinition,
} from './definition.ts';
export { eventNames } from './event-names.ts';
export {
  archiveDefinition,
  type Database,
  listDefinitions,
  loadActive,
  loadOne,
  MAX_ACTIVE,
  readDefinition,
  type Saved,
  saveDefinition,
  TooManyDefinitions,
} from './store.ts';
export { type DefinitionWatch, type WatchOptions, watchDefinitions } from './watch.ts';
