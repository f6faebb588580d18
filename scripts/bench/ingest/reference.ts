// The references, in a process of their own: aedes with `authorizePublish` held until the record's transaction has
// committed, on the main thread, without any check of what comes. `naive` commits each message by itself; `group`
// commits all that came in one turn of the event loop, into a table with UNIQUE (device, sequence).
import { createServer } from 'node:net';
import { join } from 'node:path';
import { Aedes } from 'aedes';
import Database from 'better-sqlite3';

const [mode, folder] = process.argv.slice(2) as ['naive' | 'group', string];
const database = new Database(join(folder, `${mode}.sqlite`));
database.pragma('journal_mode = WAL');
database.pragma('synchronous = FULL');
database.exec(
  'CREATE TABLE record (id INTEGER PRIMARY KEY, device TEXT NOT NULL, seq INTEGER NOT NULL, payload TEXT NOT NULL, UNIQUE (device, seq))',
);
const insert = database.prepare(
  'INSERT INTO record (device, seq, payload) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
);
const aedes = await Aedes.createBroker({ connectTimeout: 30_000 });

interface Waiting {
  device: string;
  seq: number;
  payload: string;
  done(error?: Error): void;
}

const store = ({ device, seq, payload }: Waiting) => insert.run(device, seq, payload);
const group: Waiting[] = [];
const commitGroup = () => {
  const all = group.splice(0);
  database.transaction(() => all.forEach(store))();
  for (const { done } of all) done();
};
const commitOne = (one: Waiting) => {
  database.transaction(() => store(one))();
  one.done();
};

aedes.authorizePublish = (client, packet, done) => {
  if (packet.topic.startsWith('$SYS') || !client) return done();
  const payload = packet.payload.toString();
  const { seq } = JSON.parse(payload) as { seq: number };
  const waiting = { device: client.id, seq, payload, done };
  if (mode === 'naive') return commitOne(waiting);
  if (group.length === 0) setImmediate(commitGroup);
  group.push(waiting);
};

const server = createServer(aedes.handle);
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as { port: number };
  process.stdout.write(`ready ${port}\n`);
});
process.once('SIGTERM', () => {
  database.close();
  process.exit(0);
});
