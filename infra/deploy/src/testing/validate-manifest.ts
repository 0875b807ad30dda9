import { fileURLToPath } from 'node:url';
import { ScaledObject } from '@kubernetes-models/keda/keda.sh/v1alpha1/ScaledObject';
import { PrometheusRule } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PrometheusRule';
import { ServiceMonitor } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/ServiceMonitor';
import { Deployment } from 'kubernetes-models/apps/v1/Deployment';
import { Job } from 'kubernetes-models/batch/v1/Job';
import { NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicy';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1/PodDisruptionBudget';
import { ConfigMap } from 'kubernetes-models/v1/ConfigMap';
import { Service } from 'kubernetes-models/v1/Service';
import { unknownFields } from './known-fields.ts';

/** A rendered object. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly annotations?: Readonly<Record<string, string>> };
  readonly spec: Readonly<Record<string, unknown>>;
}

interface Kind {
  readonly check: (data: never) => { validate(): void };
  readonly module: string;
}

const kinds: Readonly<Record<string, Kind>> = {
  'apps/v1 Deployment': { check: (d) => new Deployment(d), module: 'kubernetes-models/apps/v1/Deployment' },
  'batch/v1 Job': { check: (d) => new Job(d), module: 'kubernetes-models/batch/v1/Job' },
  'v1 Service': { check: (d) => new Service(d), module: 'kubernetes-models/v1/Service' },
  'v1 ConfigMap': { check: (d) => new ConfigMap(d), module: 'kubernetes-models/v1/ConfigMap' },
  'policy/v1 PodDisruptionBudget': {
    check: (d) => new PodDisruptionBudget(d),
    module: 'kubernetes-models/policy/v1/PodDisruptionBudget',
  },
  'networking.k8s.io/v1 NetworkPolicy': {
    check: (d) => new NetworkPolicy(d),
    module: 'kubernetes-models/networking.k8s.io/v1/NetworkPolicy',
  },
  'keda.sh/v1alpha1 ScaledObject': {
    check: (d) => new ScaledObject(d),
    module: '@kubernetes-models/keda/keda.sh/v1alpha1/ScaledObject',
  },
  'monitoring.coreos.com/v1 PrometheusRule': {
    check: (d) => new PrometheusRule(d),
    module: '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PrometheusRule',
  },
  'monitoring.coreos.com/v1 ServiceMonitor': {
    check: (d) => new ServiceMonitor(d),
    module: '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/ServiceMonitor',
  },
};

/** What the API server would refuse or ignore: types, required fields, known values, and fields that do not exist. */
export function manifestProblems(manifest: Manifest): string[] {
  const { apiVersion, kind, metadata } = manifest;
  const found = kinds[`${apiVersion} ${kind}`];
  const where = `${kind} ${metadata?.name}`;
  if (found === undefined) return [`${where}: ${apiVersion} ${kind} is not a kind that is checked here`];
  const problems: string[] = [];
  try {
    found.check(manifest as never).validate();
  } catch (error) {
    problems.push(`${where}: ${error instanceof Error ? error.message : String(error)}`);
  }
  const declared = fileURLToPath(import.meta.resolve(found.module)).replace(/\.m?js$/, '.d.ts');
  return [...problems, ...unknownFields(declared, manifest).map((field) => `${where}: there is no ${field}`)];
}
