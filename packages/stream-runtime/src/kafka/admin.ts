import {
  type ActualTopic,
  planTopics,
  type TopicName,
  type TopicPlan,
  type TopicSettings,
  topicConfig,
  topics,
} from '@fineprint/topology';
import kafkajs, { type Admin, type Kafka } from 'kafkajs';
import { StreamError } from '../errors.ts';
import { fetchOffsets, fetchOffsetsSince } from './ask-leaders.ts';
import { type NewPosition, setPositions } from './set-positions.ts';

/** Node sees only some of this CommonJS package's names as exports of their own. */
const { ConfigResourceTypes } = kafkajs;

/** A topic that cannot be worked with. */
export interface TopicProblem {
  readonly code: 'topic_missing' | 'topic_wrong';
  readonly message: string;
}

/** What the product does to a cluster besides reading and writing. */
export interface TopicAdmin {
  /** What `applyTopology` would do; changes nothing. */
  planTopology(settings: TopicSettings): Promise<TopicPlan>;
  /** Creates what is missing and alters what may be altered; rejects with `topics_differ` where more differs. Idempotent. */
  applyTopology(settings: TopicSettings): Promise<TopicPlan>;
  /** Sets some settings of a topic otherwise than declared, for trials; `applyTopology` brings the declared ones back. */
  overrideTopic(
    name: TopicName,
    settings: TopicSettings,
    config: Readonly<Record<string, string>>,
  ): Promise<void>;
  /** Which cluster answers. Two that stand behind one address at different times differ in it. */
  clusterId(): Promise<string>;
  /** The declared topics that Kafka lacks or has otherwise. */
  topicProblems(names: readonly TopicName[]): Promise<TopicProblem[]>;
  /** Each partition's first offset and one past its last. */
  watermarks(topic: TopicName): Promise<{ partition: number; low: number; high: number }[]>;
  /** Each partition's first record received at or after a time; one past its last record where there is none. */
  offsetsSince(topic: TopicName, sinceMs: number): Promise<{ partition: number; offset: number }[]>;
  /** Where a group goes on, per partition; null where it has committed nothing. */
  committed(groupId: string, topic: TopicName): Promise<{ partition: number; nextOffset: number | null }[]>;
  /** The same of several topics, asked at once. */
  positions(
    groupId: string,
    names: readonly TopicName[],
  ): Promise<{ topic: string; partition: number; nextOffset: number | null }[]>;
  /** The ids of a group's members, and in which state it is. */
  groupState(groupId: string): Promise<{ state: string; members: readonly string[] }>;
  /** The states of several groups, and how many members each has. */
  groupStates(groupIds: readonly string[]): Promise<{ group: string; state: string; members: number }[]>;
  /** Lets a group that has no members go on at the end of a topic, whatever it has read: for trials. */
  skipToEnd(groupId: string, topic: TopicName): Promise<void>;
  /** Lets groups that have no members go on at these offsets: all of it or nothing. */
  setPositions(positions: readonly NewPosition[]): Promise<void>;
  /** Forgets a group that has no members, and where it stood. One that is not there is no error. */
  forgetGroup(groupId: string): Promise<void>;
  /** The ids of all consumer groups. */
  groups(): Promise<string[]>;
  close(): Promise<void>;
}

export async function createTopicAdmin(kafka: Kafka): Promise<TopicAdmin> {
  const admin = kafka.admin({ retry: { retries: 5, initialRetryTime: 100, maxRetryTime: 1_000 } });
  await admin.connect();
  await admin.describeCluster(); // who has not logged in is let in so far, and no further
  return {
    planTopology: async (settings) => planTopics(await describe(admin), settings),
    async applyTopology(settings) {
      const plan = planTopics(await describe(admin), settings);
      if (plan.refuse.length > 0) {
        throw new StreamError(
          'topics_differ',
          `Kafka's topics differ from the declared ones in ways that are never changed silently:\n  ${plan.refuse.join('\n  ')}`,
        );
      }
      await createMissing(admin, plan, settings);
      await alterConfigs(admin, plan);
      return plan;
    },
    async overrideTopic(name, settings, config) {
      const declared = { ...topicConfig(name, topics[name], settings), ...config };
      await alterConfigs(admin, {
        create: [],
        alter: [{ topic: name, config, was: {}, declared }],
        refuse: [],
      });
    },
    async clusterId() {
      return (await admin.describeCluster()).clusterId;
    },
    async topicProblems(names) {
      const counts = await partitionCounts(admin, names);
      return names.flatMap((name): TopicProblem[] => {
        const has = counts.get(name);
        if (has === undefined) return [{ code: 'topic_missing', message: `topic ${name} is missing` }];
        const declared = topics[name].partitions;
        const message = `topic ${name} has ${has} partitions, not ${declared}`;
        return has === declared ? [] : [{ code: 'topic_wrong', message }];
      });
    },
    async watermarks(topic) {
      const offsets = await fetchOffsets(kafka, admin, topic);
      return offsets
        .map((o) => ({ partition: o.partition, low: Number(o.low), high: Number(o.high) }))
        .sort((a, b) => a.partition - b.partition);
    },
    async offsetsSince(topic, sinceMs) {
      const found = await fetchOffsetsSince(kafka, admin, topic, sinceMs);
      return found.map((f) => ({ partition: f.partition, offset: Number(f.offset) }));
    },
    async committed(groupId, topic) {
      const [answer] = await admin.fetchOffsets({ groupId, topics: [topic] });
      return (answer?.partitions ?? [])
        .map((p) => ({ partition: p.partition, nextOffset: Number(p.offset) < 0 ? null : Number(p.offset) }))
        .sort((a, b) => a.partition - b.partition);
    },
    async positions(groupId, names) {
      const answer = await admin.fetchOffsets({ groupId, topics: [...names] });
      return answer.flatMap(({ topic, partitions }) =>
        partitions.map(({ partition, offset }) => ({
          topic,
          partition,
          nextOffset: Number(offset) < 0 ? null : Number(offset),
        })),
      );
    },
    async groupStates(groupIds) {
      const { groups } = await admin.describeGroups([...groupIds]);
      return groups.map((g) => ({ group: g.groupId, state: g.state, members: g.members.length }));
    },
    async groupState(groupId) {
      const { groups } = await admin.describeGroups([groupId]);
      return {
        state: groups[0]?.state ?? 'Dead',
        members: (groups[0]?.members ?? []).map((member) => member.memberId),
      };
    },
    async skipToEnd(groupId, topic) {
      const offsets = await fetchOffsets(kafka, admin, topic);
      const partitions = offsets.map(({ partition, high: offset }) => ({ partition, offset }));
      await admin.setOffsets({ groupId, topic, partitions });
    },
    setPositions: (positions) => setPositions(kafka, positions),
    async forgetGroup(groupId) {
      const { groups } = await admin.listGroups();
      if (groups.some((g) => g.groupId === groupId)) await admin.deleteGroups([groupId]);
    },
    groups: async () => (await admin.listGroups()).groups.map((g) => g.groupId),
    close: () => admin.disconnect(),
  };
}

/** Of those topics that exist. */
async function partitionCounts(admin: Admin, names: readonly TopicName[]): Promise<Map<string, number>> {
  const existing = new Set(await admin.listTopics());
  const found = names.filter((name) => existing.has(name));
  if (found.length === 0) return new Map(); // asked for none, Kafka would describe all
  const { topics: metadata } = await admin.fetchTopicMetadata({ topics: [...found] });
  return new Map(metadata.map((topic) => [topic.name, topic.partitions.length]));
}

async function describe(admin: Admin): Promise<Map<string, ActualTopic>> {
  const existing = new Set(await admin.listTopics());
  const names = Object.keys(topics).filter((name) => existing.has(name));
  if (names.length === 0) return new Map();
  const { topics: metadata } = await admin.fetchTopicMetadata({ topics: names });
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: names.map((name) => ({ type: ConfigResourceTypes.TOPIC, name })),
  });
  const configs = new Map(
    resources.map((r) => [
      r.resourceName,
      Object.fromEntries(r.configEntries.map((e) => [e.configName, e.configValue])),
    ]),
  );
  return new Map(
    metadata.map((t) => [
      t.name,
      {
        partitions: t.partitions.length,
        replicas: t.partitions[0]?.replicas.length ?? 1,
        config: configs.get(t.name) ?? {},
      },
    ]),
  );
}

async function createMissing(admin: Admin, plan: TopicPlan, settings: TopicSettings): Promise<void> {
  if (plan.create.length === 0) return;
  await admin.createTopics({
    waitForLeaders: true,
    topics: plan.create.map((name) => {
      const definition = topics[name as TopicName];
      return {
        topic: name,
        numPartitions: definition.partitions,
        replicationFactor: settings.replicationFactor,
        configEntries: Object.entries(topicConfig(name, definition, settings)).map(([key, value]) => ({
          name: key,
          value,
        })),
      };
    }),
  });
}

/** Kafka's AlterConfigs replaces a topic's whole configuration, so all of the declared one is sent. */
async function alterConfigs(admin: Admin, plan: TopicPlan): Promise<void> {
  if (plan.alter.length === 0) return;
  await admin.alterConfigs({
    validateOnly: false,
    resources: plan.alter.map(({ topic, declared }) => ({
      type: ConfigResourceTypes.TOPIC,
      name: topic,
      configEntries: Object.entries(declared).map(([name, value]) => ({ name, value })),
    })),
  });
}
