import { AlertsPanel } from './operations/alerts.tsx';
import { BooksPanel } from './operations/books.tsx';
import { GroupsPanel } from './operations/groups.tsx';
import { JobsPanel } from './operations/jobs.tsx';
import { StagesPanel } from './operations/stages.tsx';

export function OperationsPage() {
  return (
    <>
      <StagesPanel />
      <GroupsPanel />
      <AlertsPanel />
      <BooksPanel />
      <JobsPanel />
    </>
  );
}
