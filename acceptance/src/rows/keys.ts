import { type MissionContext, same } from '../mission/row.ts';

export interface MadeKey {
  readonly id: string;
  readonly key: string;
}

/** Makes a key by command. */
export async function makeKey(context: MissionContext, name: string, ...options: string[]): Promise<MadeKey> {
  const { code, out, err } = await context.command('keys', 'create', name, ...options, '--json');
  if (code !== 0) throw new Error(`keys create ${name}: ${err}`);
  return JSON.parse(out) as MadeKey;
}

/** Revokes a key by command; one that was revoked before stays so. */
export async function revokeKey(context: MissionContext, { id }: MadeKey): Promise<void> {
  const { code, err } = await context.command('keys', 'revoke', id, '--json');
  if (code !== 0 && !err.includes('KEY_UNKNOWN')) throw new Error(`keys revoke: ${err}`);
}

const asAdmin = ({ key }: MadeKey) => ({
  authorization: `Bearer ${key}`,
  'content-type': 'application/json',
});

/** Makes a key over HTTP, which takes no process of its own. */
export async function postKey(
  { queryUrl }: MissionContext,
  admin: MadeKey,
  body: Readonly<Record<string, unknown>>,
): Promise<MadeKey> {
  const answer = await fetch(`${queryUrl}/api/v1/keys`, {
    method: 'POST',
    headers: asAdmin(admin),
    body: JSON.stringify(body),
  });
  same('POST /api/v1/keys', answer.status, 201);
  return (await answer.json()) as MadeKey;
}

/** Revokes a key over HTTP; one that was revoked before stays so. */
export async function deleteKey({ queryUrl }: MissionContext, admin: MadeKey, id: string): Promise<void> {
  const answer = await fetch(`${queryUrl}/api/v1/keys/${id}`, { method: 'DELETE', headers: asAdmin(admin) });
  await answer.body?.cancel();
  same('DELETE /api/v1/keys', [200, 404].includes(answer.status), true);
}
