import type { OutboxTable, SlotTable } from '@fineprint/http-kit';

/** Who evaluates which slot. */
export const ALERT_SLOTS: SlotTable = 'fineprint.alert_slots';

/** What was decided and is yet to be published. */
export const ALERT_OUTBOX: OutboxTable = { table: 'fineprint.alert_outbox', columns: 'topic, key, record' };
