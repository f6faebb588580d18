// Copies the database as it is at one moment into a new file while the gateway goes on writing, and leaves out what
// was deleted. In a thread of its own, so that the command can tell how far it is.
import { workerData } from 'node:worker_threads';
import Database from 'better-sqlite3';

const { source, target } = workerData;
const database = new Database(source, { fileMustExist: true });
try {
  database.prepare('VACUUM INTO ?').run(target);
} finally {
  database.close();
}
