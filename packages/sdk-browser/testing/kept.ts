/** JavaScript for a page: how many events its browser keeps for later. */
export const KEPT = `(async () => {
  const name = (await indexedDB.databases()).map((d) => d.name)[0];
  if (name === undefined) return 0;
  const db = await new Promise((done) => { const r = indexedDB.open(name); r.onsuccess = () => done(r.result); });
  const n = await new Promise((done) => { const r = db.transaction('events').objectStore('events').count(); r.onsuccess = () => done(r.result); });
  db.close();
  return n;
})()`;
