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
      <JourneysPanel />
      <AdoptionPanel />
      <SegmentsPanel />
    </>
  );
}
