export { type ResolvedBecause, raisedAlert, resolvedAlert, SOURCE, seriesKey } from './alert.ts';
export { type BackTest, backTest, type PastAlert } from './back-test.ts';
export { type Judgement, judge, type Observation, type Verdict } from './judge.ts';
export { type AlertFacts, type Matchers, matchersSchema, matches } from './matchers.ts';
export {
  lookOf,
  MAX_SERIES,
  type MetricRow,
  metricQuestion,
  observationsOf,
  type Question,
  shortLookOf,
} from './metric-question.ts';
export { ALERT_KINDS, METRIC_NAMES, type MetricName, metricOf } from './metrics.ts';
export {
  groupKey,
  parseReceiver,
  type Receiver,
  type ReceiverInput,
  receiverSchema,
  wants,
} from './receiver.ts';
export {
  type Parsed,
  type Problem,
  parseRule,
  type Rule,
  type RuleInput,
  ruleFields,
  SEVERITIES,
} from './rule.ts';
export { parseSilence, type Silence, type SilenceInput, silenceOf, silenceSchema } from './silence.ts';
export { QUIET, type Standing, step } from './standing.ts';
