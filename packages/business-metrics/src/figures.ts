import type { Family } from './families.ts';

/** What a figure is, for people: the API, the reports and the docs tell it in these words. */
export interface Figure {
  readonly name: string;
  readonly family: Family['name'];
  readonly title: string;
  readonly meaning: string;
  readonly unit: 'money' | 'people' | 'count' | 'ratio' | 'milliseconds';
  /** How periods make a longer one: added up, as the last one says, or not at all. */
  readonly over: 'sum' | 'last' | 'none';
}

const figure = (
  family: Figure['family'],
  name: string,
  title: string,
  unit: Figure['unit'],
  over: Figure['over'],
  meaning: string,
): Figure => ({ name, family, title, meaning, unit, over });

const money = (name: string, title: string, over: Figure['over'], meaning: string) =>
  figure('revenue', name, title, 'money', over, meaning);
const people = (
  family: 'revenue' | 'growth',
  name: string,
  title: string,
  over: Figure['over'],
  meaning: string,
) => figure(family, name, title, 'people', over, meaning);

const MOVES = [
  ['new', 'New', 'by people who never paid before'],
  ['expansion', 'Expansion', 'by people who pay more than before'],
  ['reactivation', 'Reactivation', 'by people who had stopped and pay again'],
  ['contraction', 'Contraction', 'by people who pay less, and still something'],
  ['churn', 'Churn', 'by people who pay nothing any more'],
] as const;

export const figures: readonly Figure[] = [
  money(
    'mrr_start',
    'MRR at the start',
    'none',
    'Monthly recurring revenue when the period began: mrr_end of the one before.',
  ),
  money(
    'mrr_end',
    'MRR',
    'last',
    'Monthly recurring revenue when the period ended: what all subscriptions bring per month; a year is 12 months, a quarter 3, a week 12/52 of a year, a day 1/365.',
  ),
  money('arr', 'ARR', 'last', 'Annual recurring revenue: mrr_end times 12.'),
  ...MOVES.flatMap(([name, title, who]) => [
    money(`${name}_mrr`, `${title} MRR`, 'sum', `Change of MRR ${who}.`),
    people('revenue', `${name}_customers`, `${title}: changes`, 'sum', `How often MRR changed ${who}.`),
  ]),
  people(
    'revenue',
    'customers',
    'Paying customers',
    'last',
    'People whose MRR is above 0 when the period ended.',
  ),
  money('payments', 'Payments', 'sum', 'Money that came in, each payment once.'),
  money('refunds', 'Refunds', 'sum', 'Money that went back: refunds, and payments below 0.'),
  money('revenue', 'Revenue', 'sum', 'Payments less refunds.'),
  figure('revenue', 'payment_count', 'Payments made', 'count', 'sum', 'How many payments there were.'),
  figure('revenue', 'refund_count', 'Refunds made', 'count', 'sum', 'How many refunds there were.'),
  money('arpu', 'ARPU', 'last', 'Average revenue per user: mrr_end by paying customers; null without any.'),
  figure(
    'revenue',
    'quick_ratio',
    'Quick ratio',
    'ratio',
    'none',
    'New, expansion and reactivation MRR by contraction and churn MRR; null where nothing was lost.',
  ),
  figure(
    'plans',
    'mrr',
    'MRR of a plan',
    'money',
    'last',
    'What its subscriptions bring per month when the period ended.',
  ),
  figure(
    'plans',
    'subscriptions',
    'Subscriptions',
    'count',
    'last',
    'Subscriptions of the plan with an MRR above 0.',
  ),
  people(
    'growth',
    'signups',
    'Sign-ups',
    'sum',
    'People who signed up; each counts once, at the first time.',
  ),
  people(
    'growth',
    'activations',
    'Activations',
    'sum',
    'People who first did what counts as activation, within the window after they signed up.',
  ),
  people(
    'growth',
    'activated_signups',
    'Activated sign-ups',
    'sum',
    'Of those who signed up in the period, how many were activated within the window. Grows until the window is over.',
  ),
  people('growth', 'new_users', 'New people', 'sum', 'People whose first event of all was in the period.'),
  people(
    'growth',
    'active_users',
    'Active people',
    'none',
    'People with an event in the period; of a day its DAU.',
  ),
  people('growth', 'wau', 'WAU', 'last', 'People active in the 7 days that end with the day.'),
  people('growth', 'mau', 'MAU', 'last', 'People active in the 30 days that end with the day.'),
  people(
    'growth',
    'resurrected_users',
    'Came back',
    'sum',
    'People active again after more than 30 days without an event.',
  ),
  people('growth', 'lost_users', 'Lost', 'sum', 'People whose last event was 30 days before the day.'),
  figure('growth', 'stickiness', 'Stickiness', 'ratio', 'none', 'DAU by MAU.'),
  figure(
    'growth',
    'user_quick_ratio',
    'Quick ratio of people',
    'ratio',
    'none',
    'New people and those who came back, by those lost; null where nobody was lost.',
  ),
  figure('usage', 'events', 'Events', 'count', 'sum', 'Product events of anybody.'),
  figure('usage', 'users', 'Active people', 'people', 'none', 'People with such an event in the period.'),
  figure(
    'usage',
    'feature_uses',
    'Uses of features',
    'count',
    'sum',
    'Engagements with a feature, and events named as feature use.',
  ),
  figure(
    'usage',
    'duration_ms',
    'Time in features',
    'milliseconds',
    'sum',
    'Of engagements that tell how long they took.',
  ),
];
