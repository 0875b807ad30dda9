const DEFAULT_DAYS = 365;

/** How long events are kept, as the services have it. */
export const retentionDays = (env: Readonly<Record<string, string | undefined>> = process.env): number =>
  Number(env['DATA_RETENTION_DAYS'] ?? DEFAULT_DAYS);
