import type { ActiveDefinition } from '@fineprint/definitions';
import type { Where } from '../funnels/people-where.ts';

/** Members by the definition in force, for both the report and the list. */
export function membersWhere(cohort: ActiveDefinition<'cohort'>): Where {
  return {
    condition: 'cohort = {cohort:String} AND definition_version = {version:Int64}',
    values: { cohort: cohort.name, version: cohort.version },
  };
}
