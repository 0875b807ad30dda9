import { CliError } from '../errors.ts';
import { openLocalStack, requireStarted } from '../open-stack.ts';
import { readLocalKey } from '../up/local-key.ts';

export interface GatewayTarget {
  readonly gatewayUrl: string;
  readonly writeKey: string;
}

const GATEWAY = 'ingest-gateway';

/** Where to send and with which key: as told, else the local gateway and the key that `up` made. */
export async function gatewayTarget(asked: { url?: string; key?: string }): Promise<GatewayTarget> {
  const key = asked.key ?? process.env['FINEPRINT_WRITE_KEY'];
  if (asked.url !== undefined) {
    if (key !== undefined) return { gatewayUrl: asked.url, writeKey: key };
    throw new CliError(
      'NO_WRITE_KEY',
      'A gateway given with --url needs its write key too.',
      'Add --key <write key>, or set FINEPRINT_WRITE_KEY.',
    );
  }
  const stack = await openLocalStack();
  const { settings } = stack;
  await requireStarted(stack, GATEWAY);
  const writeKey = key ?? readLocalKey(settings.dataDir, 'write')?.writeKey;
  if (writeKey === undefined)
    throw new CliError(
      'NO_WRITE_KEY',
      'There is no local write key yet.',
      'Start the stack, which makes one: npm start   (or give one with --key)',
    );
  return { gatewayUrl: `http://127.0.0.1:${settings.ports.gateway}`, writeKey };
}
