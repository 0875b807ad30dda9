import { Panel } from '../parts/panel.tsx';
import { AuditLogPanel } from './privacy/audit-log.tsx';
import { ConsentPanels } from './privacy/consent.tsx';
import { ScrubbedPanels } from './privacy/scrubbed.tsx';

export function PrivacyPage() {
  return (
    <>
      <ScrubbedPanels />
      <ConsentPanels />
      <AuditLogPanel />
      <Panel title="What is not here" wide>
        <p class="note quiet">
          Requests of people for their data or its erasure, and the consent of one person: this page has no
          view of them yet. How long what is kept: <code>fineprint retention show</code>.
        </p>
      </Panel>
    </>
  );
}
