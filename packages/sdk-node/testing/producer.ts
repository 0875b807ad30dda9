/** A service that records without end and says of each event that it is kept: `node producer.ts <gateway> <key> <folder> <name> <first>`. */
import { createAnalytics } from '../src/index.ts';

const [gatewayUrl = '', writeKey = '', queueDirectory = '', name = '', first = '0'] = process.argv.slice(2);
const { analytics } = createAnalytics({
  ...{ gatewayUrl, writeKey, queueDirectory, lingerMs: 5, baseDelayMs: 20, maxDelayMs: 100 },
  requestTimeoutMs: 500,
});
for (let i = Number(first); ; i++) {
  const id = await analytics.trackEvent(name, { i });
  process.stdout.write(`${i} ${id}\n`);
}
