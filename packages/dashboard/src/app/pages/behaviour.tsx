import { WhenSeen } from '../parts/when-seen.tsx';
import { AdoptionPanel } from './behaviour/adoption.tsx';
import { FunnelPanel } from './behaviour/funnel.tsx';
import { JourneysPanel } from './behaviour/journeys.tsx';
import { RetentionPanel } from './behaviour/retention.tsx';
import { SegmentsPanel } from './behaviour/segments.tsx';

export function BehaviourPage() {
  return (
    <>
      <FunnelPanel />
      <RetentionPanel />
      <WhenSeen height={600}>
        <JourneysPanel />
      </WhenSeen>
      <WhenSeen height={400}>
        <AdoptionPanel />
      </WhenSeen>
      <WhenSeen height={200}>
        <SegmentsPanel />
      </WhenSeen>
    </>
  );
}
