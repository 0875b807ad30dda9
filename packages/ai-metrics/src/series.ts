import type { AiRequest } from '@fineprint/schemas';

/** What metrics are kept apart by; empty where a request does not say. */
export interface Series {
  readonly model_name: string;
  readonly model_version: string;
  readonly provider: string;
  readonly experiment_id: string;
  readonly variant: string;
}

/** Where requests of series beyond the limit are counted: never lost, and visible by name. */
export const OVERFLOW = '__overflow__';
export const overflowSeries: Series = {
  model_name: OVERFLOW,
  model_version: '',
  provider: '',
  experiment_id: '',
  variant: '',
};

/** Longer names are an error or an attack; as a series each would cost its length in memory for every minute. */
export const MAX_NAME_LENGTH = 200;

/** The series of a request; null where a name is too long to be one. */
export function seriesOf(request: AiRequest): Series | null {
  const { model_name, model_version, provider, experiment_id, variant } = request;
  const longest = Math.max(
    model_name.length,
    model_version.length,
    provider?.length ?? 0,
    experiment_id?.length ?? 0,
    variant?.length ?? 0,
  );
  if (longest > MAX_NAME_LENGTH) return null;
  return {
    model_name,
    model_version,
    provider: provider ?? '',
    experiment_id: experiment_id ?? '',
    variant: variant ?? '',
  };
}

/** Equal for equal series only: each name's length stands in front of it. */
export function seriesKey(s: Series): string {
  return `${s.model_name.length},${s.model_version.length},${s.provider.length},${s.experiment_id.length}:${s.model_name}${s.model_version}${s.provider}${s.experiment_id}${s.variant}`;
}
