import { createServer } from 'node:http';
import { LOOPBACK } from '@fineprint/stack';
import type { Lab } from '../../lab.ts';
import { rawHttp } from './raw-http.ts';
import { newEvent, post } from './send.ts';

/** Ways to write an address that a check of its text might miss. */
const addressesOf = (port: number): readonly string[] => [
  `http://${LOOPBACK}:${port}`,
  `http://127.1:${port}`,
  `http://0x7f000001:${port}`,
  `http://2130706433:${port}`,
  `http://[::ffff:127.0.0.1]:${port}`,
  `http://user@${LOOPBACK}:${port}`,
];

/**
 * The gateway passes reads on to the query API, the only request that the product makes while it answers one. Nothing that a
 * client says may choose where it goes.
 */
export const ssrf: Lab = {
  name: 'ssrf',
  title: 'addresses of a stranger as request target, host, forwarding headers, and in events',
  kind: 'input',
  passes: 'nobody connects to the stranger',
  takesMs: 60_000,
  async run(context) {
    const { fleet, target, fault, check, figure } = context;
    let connections = 0;
    const stranger = createServer((_req, res) => res.end('{}'));
    stranger.on('connection', () => {
      connections += 1;
    });
    await new Promise<void>((resolve) => stranger.listen(0, LOOPBACK, resolve));
    const address = stranger.address();
    const port = address !== null && typeof address === 'object' ? address.port : 0;
    const authority = `${LOOPBACK}:${port}`;
    const path = '/api/v1/ai/models';
    let sent = 0;
    const ask = async (line: string, host: string, more = '') => {
      sent += 1;
      const key = `Authorization: Bearer ${target.apiKey}\r\n`;
      await rawHttp(
        fleet.one('ingest-gateway').url,
        `${line} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n${key}${more}\r\n`,
      );
    };
    try {
      await fault('addresses of a stranger', async () => {
        for (const url of addressesOf(port)) {
          await ask(`GET ${url}${path}`, authority);
          await ask(`GET ${path}?url=${encodeURIComponent(url)}`, authority);
        }
        await ask(`GET //${authority}${path}`, authority);
        await ask(`GET /api/v1/@${authority}/`, authority);
        await ask(`GET /api/v1/../../${authority}`, authority);
        await ask(
          `GET ${path}`,
          authority,
          `X-Forwarded-Host: ${authority}\r\nForwarded: host=${authority}\r\n`,
        );
        await ask(
          `GET ${path}`,
          authority,
          `X-Original-URL: http://${authority}/\r\nX-Rewrite-URL: http://${authority}/\r\n`,
        );
        await ask(`CONNECT ${authority}`, authority);
        const events = addressesOf(port).map((page_url) =>
          newEvent(context, { kind: 'page_view', event_name: undefined, page_url }),
        );
        const answer = await post(context, { body: JSON.stringify(events) });
        check(
          'addresses in events are text',
          answer.accepted.length === events.length,
          `${answer.status} ${answer.code}`,
        );
      });
      await context.sleep(2_000);
      check('nobody connected to the stranger', connections === 0, `${connections}`);
      figure('requests', sent);
      figure('connections', connections);
    } finally {
      stranger.closeAllConnections();
      await new Promise((resolve) => stranger.close(resolve));
    }
  },
};
