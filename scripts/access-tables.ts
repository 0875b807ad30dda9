import type { RouteRule } from '../packages/http-kit/src/index.ts';
import { adminPaths } from '../packages/observability/src/index.ts';
import { gatewayRoutes } from '../services/ingest-gateway/src/http/route-table.ts';
import { keyedRoutes, openRoutes } from '../services/query-api/src/http/routes.ts';
import { type Action, actionRules, actions, mayDo } from '../services/query-api/src/keys/access.ts';
import { roles } from '../services/query-api/src/keys/api-key.ts';

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

const title = (role: string): string => role.replace('_', ' ');

function ruleText(rule: RouteRule<Action>): string {
  switch (rule.credential) {
    case 'none':
      return `nothing: ${rule.why}`;
    case 'write key':
      return 'write key: producer';
    case 'API key':
      return `API key or token: ${roles
        .filter((role) => mayDo(role, rule.action))
        .map(title)
        .join(', ')}`;
    case 'admin token':
      return `on loopback nothing, else \`ADMIN_TOKEN\`; without it: ${rule.why}`;
    case 'passed on':
      return `whatever ${rule.to} asks`;
  }
}

interface Listed {
  readonly method: string;
  readonly path: string;
  readonly rule: RouteRule<Action>;
}

const routeTable = (routes: readonly Listed[]): string =>
  table(
    ['', 'path', 'asks for', 'audited'],
    routes.map(({ method, path, rule }) => [
      method,
      `\`${path}\``,
      ruleText(rule),
      rule.credential === 'API key' && actionRules[rule.action].isAudited ? 'yes' : '',
    ]),
  );

/** The sections of docs/access.md, from the tables that the services are made of. */
export const accessSections: Readonly<Record<string, string>> = {
  roles: table(
    ['may', 'producer', ...roles.map(title), 'audited'],
    [
      ['send events', 'yes', ...roles.map(() => ''), ''],
      ...actions.map((action) => [
        actionRules[action].what,
        '',
        ...roles.map((role) => (mayDo(role, action) ? 'yes' : '')),
        actionRules[action].isAudited ? 'yes' : '',
      ]),
    ],
  ),
  gateway: routeTable(gatewayRoutes),
  'query-api': routeTable([...keyedRoutes(), ...openRoutes]),
  services: routeTable(
    adminPaths.map(({ path, why }) => ({ method: 'GET', path, rule: { credential: 'admin token', why } })),
  ),
};
