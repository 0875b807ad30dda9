export { type Sensitivity, sensitiveNames, sensitivityOf } from './columns.ts';
export { createMask, HIDDEN, type Mask, STAND_IN } from './mask.ts';
export { KEY_TABLE, MASKED_DATABASE, maskedView, undeclared, type ViewedColumn } from './masked-view.ts';
