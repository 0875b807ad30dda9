import type { RecordOf } from '@fineprint/topology';
import type { Message } from './messages.ts';

type Alert = RecordOf<'alerts'>;

const iso = (ms: number) => new Date(ms).toISOString();

function evidenceOf({ evidence }: Alert): unknown {
  try {
    return JSON.parse(evidence);
  } catch {
    return evidence; // another node's; it is shown as it is
  }
}

/** What a webhook gets. The same message makes the same bytes, at every attempt. */
export function renderWebhook({ deliveryId, receiver, alerts, createdAtMs }: Message): string {
  return JSON.stringify({
    type: 'alerts',
    delivery_id: deliveryId,
    receiver,
    created_at: iso(createdAtMs),
    alerts: alerts.map((alert) => ({
      ...alert,
      raised_at: iso(alert.raised_at),
      occurred_at: iso(alert.occurred_at),
      evidence: evidenceOf(alert),
    })),
  });
}

/** `[critical] title`, or how many there are. */
export function subjectOf({ alerts }: Message): string {
  const [first] = alerts;
  if (first === undefined) return 'no alerts';
  return alerts.length === 1 ? headline(first) : `${headline(first)} and ${alerts.length - 1} more`;
}

const headline = (alert: Alert) =>
  `[${alert.state === 'resolved' ? 'resolved' : alert.severity}] ${alert.title}`;

/** What a mail says. */
export function renderText(message: Message): string {
  const parts = message.alerts.map((alert) =>
    [
      headline(alert),
      `  since     ${iso(alert.raised_at)}`,
      ...(alert.state === 'resolved' ? [`  until     ${iso(alert.occurred_at)}`] : []),
      `  kind      ${alert.kind}, found by ${alert.source}`,
      ...Object.entries(alert.labels).map(([name, value]) => `  ${name.padEnd(9)} ${value}`),
      `  evidence  ${JSON.stringify(evidenceOf(alert))}`,
    ].join('\n'),
  );
  return `${parts.join('\n\n')}\n\n-- \nDelivery ${message.deliveryId} to ${message.receiver}\n`;
}

const MARKS: Readonly<Record<string, string>> = {
  critical: ':red_circle:',
  warning: ':large_orange_circle:',
  info: ':large_blue_circle:',
};
const SHOWN_LABELS = 10;

/** What Slack, and what understands its messages, shows. */
export function renderSlack(message: Message): string {
  const blocks = message.alerts.map((alert) => {
    const mark = alert.state === 'resolved' ? ':large_green_circle:' : (MARKS[alert.severity] ?? '');
    const labels = Object.entries(alert.labels)
      .slice(0, SHOWN_LABELS)
      .map(([name, value]) => `${name}: ${value}`);
    const text = `${mark} *${slackText(headline(alert))}*\n${slackText(labels.join(' · '))}`;
    return { type: 'section', text: { type: 'mrkdwn', text: text.slice(0, 2_900) } };
  });
  return JSON.stringify({ text: slackText(subjectOf(message)), blocks });
}

/** Slack reads these three characters as its own. */
const slackText = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
