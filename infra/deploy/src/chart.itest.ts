import { readFileSync } from 'node:fs';
import path from 'node:path';
import { declarationOf } from '@fineprint/cli/declarations';
import { REPO_DIR } from '@fineprint/stack';
import { topics } from '@fineprint/topology';
import { beforeAll, expect, it } from 'vitest';
import { parse } from 'yaml';
import { renderComposeFile } from './compose-file.ts';
import { helmValues } from './helm-values.ts';
import { composeProblems } from './testing/compose-schema.ts';
import { helmPython, renderChart } from './testing/render-chart.ts';
import { type Manifest, manifestProblems } from './testing/validate-manifest.ts';
import { workloads } from './workloads.ts';

const python = await helmPython();
const needsPython = it.skipIf(python === undefined);
const render = (values: object) => renderChart(python ?? '', values);

interface Container {
  readonly env: readonly {
    name: string;
    value?: string;
    valueFrom?: { secretKeyRef: { optional?: boolean } };
  }[];
  readonly args: readonly string[];
  readonly [field: string]: unknown;
}
interface PodSpec {
  readonly containers: readonly Container[];
  readonly [field: string]: unknown;
}
const podOf = (manifest: Manifest) => (manifest.spec['template'] as { spec: PodSpec }).spec;
const ofKind = (manifests: readonly Manifest[], kind: string) => manifests.filter((m) => m.kind === kind);
const named = (manifests: readonly Manifest[], kind: string, name: string) => {
  const found = ofKind(manifests, kind).find((m) => m.metadata.name === name);
  if (found === undefined) throw new Error(`there is no ${kind} ${name}`);
  return found;
};
const EVERYTHING = {
  keda: { enabled: true, authentication: 'kafka-login' },
  serviceMonitor: { enabled: true, labels: { release: 'prometheus' } },
  prometheusRule: { enabled: true, labels: { release: 'prometheus' } },
  dashboard: { enabled: true },
  networkPolicy: { clients: [{ namespaceSelector: { matchLabels: { name: 'web' } } }] },
  imagePullSecrets: [{ name: 'registry' }],
  certificates: { secret: 'authorities' },
  services: Object.fromEntries(workloads.map(({ name }) => [name, { enabled: true }])),
};

let standard: Manifest[] = [];
let everything: Manifest[] = [];
beforeAll(async () => {
  if (python !== undefined) [standard, everything] = await Promise.all([render({}), render(EVERYTHING)]);
});

needsPython('every object is one that Kubernetes takes, and has no field that it does not know', () => {
  expect([...standard, ...everything].flatMap(manifestProblems)).toEqual([]);
  const kinds = new Set(everything.map((m) => m.kind));
  expect([...kinds].sort()).toEqual([
    ...['ConfigMap', 'Deployment', 'Job', 'NetworkPolicy', 'PodDisruptionBudget', 'PrometheusRule'],
    ...['ScaledObject', 'Service', 'ServiceMonitor'],
  ]);
  const broken = structuredClone(named(standard, 'Deployment', 'fineprint-query-api'));
  const [container] = podOf(broken).containers as unknown as { livenessProbe: Record<string, unknown> }[];
  if (container !== undefined) container.livenessProbe['initialDelay'] = 30;
  expect(manifestProblems(broken)).toEqual([
    'Deployment fineprint-query-api: there is no .spec.template.spec.containers[0].livenessProbe.initialDelay',
  ]);
});

needsPython("the document's figures are the defaults", () => {
  const gateway = named(standard, 'Deployment', 'fineprint-ingest-gateway');
  expect(gateway.spec['replicas']).toBe(3);
  const [container] = podOf(gateway).containers;
  expect(container).toMatchObject({
    image: 'fineprintai/analytics-service:latest',
    ports: [{ containerPort: 3007 }],
    resources: { requests: { memory: '512Mi', cpu: '250m' }, limits: { memory: '1Gi', cpu: '500m' } },
    livenessProbe: { httpGet: { path: '/health', port: 3007 }, initialDelaySeconds: 30, periodSeconds: 10 },
    readinessProbe: { httpGet: { path: '/ready', port: 3007 } },
  });
  expect(container?.env).toEqual(
    expect.arrayContaining([
      { name: 'NODE_ENV', value: 'production' },
      { name: 'DATABASE_URL', valueFrom: { secretKeyRef: { name: 'database-secret', key: 'url' } } },
    ]),
  );
  expect(named(standard, 'Service', 'analytics-service').spec['ports']).toMatchObject([{ port: 3007 }]);
});

needsPython('no pod runs as root, writes to its root, or can become more than it is', () => {
  const pods = [...ofKind(everything, 'Deployment'), ...ofKind(everything, 'Job')].map(podOf);
  expect(pods).toHaveLength(workloads.length + 2);
  for (const pod of pods) {
    expect(pod).toMatchObject({
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
      volumes: expect.arrayContaining([
        expect.objectContaining({ name: 'tmp' }),
        { name: 'certificates', secret: { secretName: 'authorities' } },
      ]),
      containers: [
        {
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ['ALL'] },
          },
        },
      ],
    });
  }
});

needsPython(
  'a service gets every setting that it cannot start without, and a forwarder no key of another',
  () => {
    for (const manifest of ofKind(everything, 'Deployment')) {
      const [container] = podOf(manifest).containers;
      const program = container?.args[0] ?? '';
      const secret = (name: string) => {
        if (name === 'ENCRYPTION_KEYS') return `now:${Buffer.alloc(32).toString('base64')}`;
        return name.endsWith('_URL')
          ? `${name === 'REDIS_URL' ? 'redis' : 'postgresql'}://h`
          : 'x'.repeat(40);
      };
      const env = Object.fromEntries(
        (container?.env ?? []).flatMap(({ name, value, valueFrom }) =>
          valueFrom?.secretKeyRef.optional === true ? [] : [[name, value ?? secret(name)]],
        ),
      );
      // What only the user knows.
      const own = {
        'sink-forwarder': { WEBHOOK_BASE_URL: 'https://example.com' },
        'snowflake-loader': { SNOWFLAKE_ACCOUNT: 'a', SNOWFLAKE_USERNAME: 'u', SNOWFLAKE_PASSWORD: 'p' },
      }[program];
      const { problems, unknown } = declarationOf(program).check({ ...env, ...own });
      expect([manifest.metadata.name, problems, unknown]).toEqual([manifest.metadata.name, [], []]);
    }
    const mixpanel = podOf(named(everything, 'Deployment', 'fineprint-forwarder-mixpanel')).containers[0]
      ?.env;
    expect(mixpanel?.map((e) => e.name).filter((n) => /AMPLITUDE|SEGMENT|WEBHOOK/.test(n))).toEqual([]);
  },
);

needsPython(
  'a folder that a service keeps is mounted where its setting says, and lasts with a claim',
  async () => {
    const claimed = await render({
      services: { 'job-runner': { volumes: { ARCHIVE_DIR: { claim: 'archives' } } } },
    });
    expect(claimed.flatMap(manifestProblems)).toEqual([]);
    const [runner] = podOf(named(claimed, 'Deployment', 'fineprint-job-runner')).containers;
    const where = '/var/lib/fineprint/archive';
    expect(runner?.env).toContainEqual({ name: 'ARCHIVE_DIR', value: where });
    expect(runner?.['volumeMounts']).toContainEqual({ name: 'archive', mountPath: where, readOnly: false });
    expect(podOf(named(claimed, 'Deployment', 'fineprint-job-runner'))['volumes']).toContainEqual({
      name: 'archive',
      persistentVolumeClaim: { claimName: 'archives', readOnly: false },
    });
    const gateway = podOf(named(standard, 'Deployment', 'fineprint-ingest-gateway'));
    expect(gateway['volumes']).toContainEqual({ name: 'spool', emptyDir: { sizeLimit: '2Gi' } });
  },
);

needsPython('the dashboard asks each stage that runs, and may', () => {
  const [api] = podOf(named(standard, 'Deployment', 'fineprint-query-api')).containers;
  const urls = api?.env.find(({ name }) => name === 'STAGE_URLS')?.value?.split(',') ?? [];
  const stages = ofKind(standard, 'Deployment').map((m) => m.metadata.name.replace('fineprint-', ''));
  expect(urls.map((url) => url.split('=')[0]).sort()).toEqual(stages.filter((s) => s !== 'query-api').sort());
  expect(urls).toContain('pii-scrubber=http://fineprint-pii-scrubber:3007');
  const policy = JSON.stringify(named(standard, 'NetworkPolicy', 'fineprint-pii-scrubber').spec['ingress']);
  expect(policy).toContain('query-api');
});

needsPython('with KEDA a group grows to one process per partition of the topology, and no further', () => {
  const scaled = ofKind(everything, 'ScaledObject');
  expect(scaled.map((m) => m.metadata.name.replace('fineprint-', '')).sort()).toEqual(
    workloads
      .filter((w) => w.scaling !== null)
      .map((w) => w.name)
      .sort(),
  );
  for (const { metadata, spec } of scaled) {
    const triggers = spec['triggers'] as {
      metadata: { topic: keyof typeof topics; consumerGroup: string };
    }[];
    const partitions = triggers.map((t) => topics[t.metadata.topic].partitions);
    expect([metadata.name, spec['maxReplicaCount']]).toEqual([metadata.name, Math.max(...partitions)]);
    expect(named(everything, 'Deployment', metadata.name).spec['replicas']).toBeUndefined();
  }
});

needsPython('setup runs before the services, topics first; a mistyped value is refused', async () => {
  const jobs = ofKind(standard, 'Job').map((m) => [
    podOf(m).containers[0]?.args,
    m.metadata.annotations?.['helm.sh/hook'],
    m.metadata.annotations?.['helm.sh/hook-weight'],
  ]);
  expect(jobs).toEqual([
    [['setup', 'topics'], 'pre-install,pre-upgrade', '0'],
    [['setup', 'migrations'], 'pre-install,pre-upgrade', '1'],
  ]);
  await expect(render({ replica: 5 })).rejects.toThrow('replica');
});

interface ComposeFile {
  readonly services: Readonly<Record<string, { command: string[]; environment: Record<string, string> }>>;
}

needsPython('the compose files are as Compose wants them', () => {
  const file = parse(renderComposeFile()) as ComposeFile;
  const parts: unknown = parse(readFileSync(path.join(REPO_DIR, 'docker-compose.kafka.yml'), 'utf8'));
  expect([composeProblems(python ?? '', file), composeProblems(python ?? '', parts)]).toEqual([[], []]);
  const setup = { ...file.services['setup'], read_onyl: true };
  expect(composeProblems(python ?? '', { ...file, services: { ...file.services, setup } })).toEqual([
    expect.stringContaining('read_onyl'),
  ]);
});

it('with Compose, too, a service gets every setting that it cannot start without', () => {
  const { services } = parse(renderComposeFile()) as ComposeFile;
  expect(Object.keys(services)).toEqual(['setup', ...workloads.map((w) => w.name)]);
  const env: Record<string, string> = {
    WEBHOOK_BASE_URL: 'https://example.com',
    SNOWFLAKE_ACCOUNT: 'a',
    SNOWFLAKE_USERNAME: 'u',
    SNOWFLAKE_PASSWORD: 'p',
    ENCRYPTION_KEYS: `now:${Buffer.alloc(32).toString('base64')}`,
  };
  // A .env file with the passwords, the keys and the destinations' keys; of the rest nothing.
  const own =
    /^FINEPRINT_\w+_PASSWORD$|^(PII_PSEUDONYM|ALERTS_SIGNING|AMPLITUDE_API|SEGMENT_WRITE)_KEY$|_TOKEN$|^WEBHOOK_SECRET$/;
  const value = (name: string) => env[name] ?? (own.test(name) ? 'x'.repeat(40) : '');
  for (const [name, { command, environment }] of Object.entries(services)) {
    const given = Object.entries(environment).map(([variable, text]) => [
      variable,
      String(text).replaceAll(/\$\{(\w+):[^}]*\}/g, (_, asked: string) => value(asked)),
    ]);
    const { problems, unknown } = declarationOf(command[0] ?? '').check(Object.fromEntries(given));
    expect([name, problems, unknown]).toEqual([name, [], []]);
  }
});

it('values are what the chart says', () => {
  expect(helmValues()).toMatchObject({ replicas: 3, port: 3007 });
});
