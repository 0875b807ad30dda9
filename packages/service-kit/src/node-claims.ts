import {
  CLAIM_DEFAULTS,
  type Claims,
  createClaims,
  createLazyWriter,
  createLedgerWriter,
  type KafkaConnection,
  type RecordEncoder,
  systemClock,
} from '@fineprint/stream-runtime';
import type { NodeName } from '@fineprint/topology';
import { newInstanceName } from './instance-name.ts';

export interface NodeClaimsOptions {
  /** Made for `pipeline.ledger`, too. */
  readonly encoder: RecordEncoder;
  readonly onError: (error: unknown) => void;
  readonly onForgotten: (records: number) => void;
}

/** The claims of a node without input topics. They have a connection of their own, so that no event waits for them. */
export function createNodeClaims(
  kafka: KafkaConnection,
  node: NodeName,
  { encoder, onError, onForgotten }: NodeClaimsOptions,
): Claims {
  const writer = createLazyWriter(() => kafka.writer());
  const instance = newInstanceName();
  const ledger = createLedgerWriter(node, 'claim', { writer, encoder, clock: systemClock, instance });
  const claims = createClaims({ ...CLAIM_DEFAULTS, ledger, clock: systemClock, onError, onForgotten });
  return {
    acknowledged: claims.acknowledged,
    async close() {
      await claims.close();
      await writer.close();
    },
  };
}
