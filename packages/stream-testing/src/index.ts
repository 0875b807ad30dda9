export { createMemoryConsumer, type MemoryConsumer } from './memory-consumer.ts';
export { createMemoryLog, type MemoryLog } from './memory-log.ts';
export { createMemoryRegistry, type MemoryRegistry } from './memory-registry.ts';
export { sampleAiFeedback, sampleAiRequest, sampleConsentUpdate, sampleProductEvent } from './samples.ts';
export { createTopologyDriver, type TopologyDriver } from './topology-driver.ts';
