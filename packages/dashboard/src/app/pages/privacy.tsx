import { Panel } from '../parts/panel.tsx';
import { AuditLogPanel } from './privacy/audit-log.tsx';
import { ConsentPanels } from './privacy/consent.tsx';
import { PersonConsentPanel } from './privacy/person-consent.tsx';
import { RequestsPanel } from './privacy/requests.tsx';
import { ScrubbedPanels } from './privacy/scrubbed.tsx';

export function PrivacyPage() {
  return (
    <>
      <RequestsPanel />
      <ScrubbedPanels />
      <ConsentPanels />
      <PersonConsentPanel />
      <AuditLogPanel />
      <Panel title="What is not here" wide>
        <p class="note quiet">
          A request is made, and an archive fetched, where its maker is known: <code>fineprint privacy</code>{' '}
          or the API. How long what is kept: <code>fineprint retention show</code>.
        </p>
      </Panel>
    </>
  );
}
