export { type Dataset, type DatasetName, datasetNames, datasets } from './datasets.ts';
export { judge, type Status, statuses, type Verdict } from './judge.ts';
export { mergeRules, type ParsedRules, parseRules, type RuleFile, type RuleProblem } from './parse-rules.ts';
export type { Question } from './question.ts';
export { type Rule, type RuleType, ruleSchema, ruleTypes, severities } from './rule.ts';
export { questionOf, type Window, windowOf } from './rule-question.ts';
