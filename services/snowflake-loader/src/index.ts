export { type Column, columnsOf } from './columns.ts';
export { type LoadedTable, tables } from './tables.ts';
