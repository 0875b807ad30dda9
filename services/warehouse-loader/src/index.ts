export {
  AVRO_SETTINGS,
  buildContainer,
  type ContainerRow,
  containerColumns,
  containerHeader,
} from './container.ts';
export { tables } from './tables.ts';
