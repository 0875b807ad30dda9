export { createMissionContext, type MissionTarget } from './mission/context.ts';
export type { RowResult } from './mission/row.ts';
export { renderMission, runMission } from './mission/run-mission.ts';
export { rows } from './rows/index.ts';
