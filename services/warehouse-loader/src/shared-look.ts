/** What a look at a table finds, for whoever asked for it. */
export type SharedLook<Topic, Found> = (topic: Topic) => Promise<Found>;

/**
 * One look answers all who ask about a topic while they gather. It begins after the last of them has asked, so each
 * of them sees what it has done before; whoever comes while it runs waits for the next one.
 */
export function shareLooks<Topic, Found>(
  look: (topic: Topic) => Promise<Found>,
  gather: () => Promise<void>,
): SharedLook<Topic, Found> {
  const gathering = new Map<Topic, Promise<Found>>();
  return (topic) => {
    const known = gathering.get(topic);
    if (known !== undefined) return known;
    const next = gather().then(() => {
      gathering.delete(topic);
      return look(topic);
    });
    gathering.set(topic, next);
    return next;
  };
}
