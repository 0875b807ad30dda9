import { BASE_PATH, bundleDashboard, type Dashboard } from '@fineprint/dashboard';
import { send } from '@fineprint/http-kit';
import type { Request, Response } from 'express';

/** Names carry a hash of what is in them. */
const FOR_GOOD = 'public, max-age=31536000, immutable';
const OWN = { 'cross-origin-resource-policy': 'same-origin' } as const;

/** Serves the dashboard: one page at every address below its path, and its files. False where it has no such file. */
export function createDashboardPages(
  make: () => Promise<Dashboard> = bundleDashboard,
): (req: Request, res: Response) => Promise<boolean> {
  const dashboard = onceMade(make);
  return async (req, res) => {
    const { html, assets, policy } = await dashboard();
    const name = req.path.slice(BASE_PATH.length + 1);
    if (!name.startsWith('assets/')) {
      const own = { ...OWN, 'content-security-policy': policy, 'cache-control': 'no-cache' };
      send(res, 200, 'text/html; charset=utf-8', html, own);
      return true;
    }
    const asset = assets.get(name);
    if (asset === undefined) return false;
    const isPacked = req.acceptsEncodings('gzip') === 'gzip';
    send(res, 200, asset.type, isPacked ? asset.gzip : asset.bytes, {
      ...OWN,
      'cache-control': FOR_GOOD,
      vary: 'Accept-Encoding',
      ...(isPacked ? { 'content-encoding': 'gzip' } : {}),
    });
    return true;
  };
}

/** Made when it is first asked for: most instances are never asked. A failure is told, and tried again. */
function onceMade(make: () => Promise<Dashboard>): () => Promise<Dashboard> {
  let made: Promise<Dashboard> | null = null;
  return () => {
    made ??= make().catch((error: unknown) => {
      made = null;
      throw error;
    });
    return made;
  };
}
