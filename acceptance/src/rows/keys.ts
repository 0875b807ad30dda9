import type { MissionContext } from '../mission/row.ts';

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
