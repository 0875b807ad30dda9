export { type AlertRule, alertRules } from './alert-rules.ts';
export { renderDashboard } from './dashboard.ts';
export { panelRows } from './panels.ts';
export { renderAlertTable, renderRules, ruleGroups } from './rules-file.ts';
