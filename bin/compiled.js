// Makes the program that runs from the TypeScript that is read: one bundle for the commands and one for each thread,
// kept in a folder named for the sources, so that only the first start after a change waits for it.
import { createHash, randomUUID } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { getEnvironmentData, setEnvironmentData } from 'node:worker_threads';

/** What is started, by its file. Everything of the project that these import is bundled. */
const ENTRIES = [
  'gateway/main.ts',
  'simulator/sim-command.ts',
  'simulator/sim.ts',
  'simulator/faults/worker.ts',
  'gateway/store/writer-thread.ts',
  'gateway/store/checkpoint-thread.ts',
  'gateway/persons/vault-thread.ts',
];
/** Packages of many small modules, which took half of the start to find and read one by one. */
const BUNDLED_PACKAGES = [
  '@fastify/swagger',
  'commander',
  'fastify',
  'fontkit',
  'mqtt-packet',
  'pino',
  'prom-client',
  'sm-crypto-v2',
  'typebox',
  'yaml',
  'zod',
];
const SOURCE_FOLDERS = ['bin', 'gateway', 'protocol', 'device', 'simulator', 'scripts'];
/** Older programs beyond these are removed; one that still runs may load a part of its own late. */
const KEPT_PROGRAMS = 16;
/** Told to every thread that this one starts. */
const FOLDER_KEY = 'pingjia.compiled';

const project = fileURLToPath(new URL('..', import.meta.url));

/** The module that `entry` (a path within the project) became. */
export async function importCompiled(entry) {
  let folder = getEnvironmentData(FOLDER_KEY);
  if (folder === undefined) {
    folder = await compiledFolder();
    setEnvironmentData(FOLDER_KEY, folder);
  }
  return import(pathToFileURL(join(folder, entry.replace(/\.ts$/, '.js'))).href);
}

/** Where the program is, made when it is not there yet. */
export async function compiledFolder({ programs = join(project, 'node_modules/.cache/pingjia') } = {}) {
  const folder = join(programs, hashOfSources());
  if (existsSync(folder)) {
    noteUse(folder);
    return folder;
  }
  const made = madeBeside(folder) ?? madeForThisProcess();
  await bundle(made);
  if (dirname(made) !== programs) return made;
  try {
    renameSync(made, folder);
  } catch (error) {
    // Another start was first; what it made is the same.
    rmSync(made, { recursive: true, force: true });
    if (!existsSync(folder)) throw error;
  }
  removeOld(programs);
  return folder;
}

/** Undefined where this account may not write, as under systemd's protection. */
function madeBeside(folder) {
  const made = `${folder}.${randomUUID()}`;
  try {
    mkdirSync(made, { recursive: true });
    return made;
  } catch {
    return undefined;
  }
}

/** Under a name nobody can guess: other accounts write to this place too. */
function madeForThisProcess() {
  const made = mkdtempSync(join(tmpdir(), 'pingjia-program-'));
  symlinkSync(join(project, 'node_modules'), join(made, 'node_modules'));
  process.on('exit', () => rmSync(made, { recursive: true, force: true }));
  return made;
}

async function bundle(folder) {
  const { build } = await import('esbuild');
  await build({
    absWorkingDir: project,
    entryPoints: ENTRIES,
    outbase: project,
    outdir: folder,
    bundle: true,
    minifyWhitespace: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: `node${process.versions.node}`,
    sourcemap: true,
    sourcesContent: false,
    logLevel: 'error',
    // What packages of the older kind call, for parts of Node.
    banner: {
      js: "import { createRequire as requireOf } from 'node:module'; const require = requireOf(import.meta.url);",
    },
    plugins: [
      { name: 'own-places', setup: keepPlaces },
      { name: 'packages', setup: keepPackages },
    ],
  });
}

/** Everything else in node_modules stays there, as packages with programs or threads of their own must. */
function keepPackages({ onResolve }) {
  onResolve({ filter: /^[^./]/ }, ({ path, importer }) => {
    const isOwn = !importer.includes('/node_modules/');
    const name = path.startsWith('@') ? path.split('/', 2).join('/') : path.split('/', 1)[0];
    return isOwn && importer !== '' && !BUNDLED_PACKAGES.includes(name)
      ? { path, external: true }
      : undefined;
  });
}

/** Files beside a source, such as profiles and the starters of threads, stay where they are. */
function keepPlaces({ onLoad }) {
  onLoad({ filter: /\.ts$/ }, ({ path }) => {
    const text = readFileSync(path, 'utf8');
    const place = JSON.stringify(pathToFileURL(path).href);
    return { loader: 'ts', contents: text.replaceAll('import.meta.url', place) };
  });
}

/** Of everything that can change the program: sources, their place, packages that take part in making it. */
function hashOfSources() {
  const hash = createHash('sha256');
  hash.update(`${project}\0${process.versions.node}\0`);
  hash.update(readFileSync(join(project, 'package-lock.json')));
  for (const path of SOURCE_FOLDERS.flatMap(sourcesIn))
    hash.update(`\0${path}\0`).update(readFileSync(join(project, path)));
  return hash.digest('hex').slice(0, 32);
}

function sourcesIn(folder) {
  return readdirSync(join(project, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return sourcesIn(path);
    return /\.(ts|js|json)$/.test(path) && !path.endsWith('.test.ts') ? [path] : [];
  });
}

function noteUse(folder) {
  const now = new Date();
  try {
    utimesSync(folder, now, now);
  } catch {
    // Only the account that made it may, and only that one removes any.
    return;
  }
}

function removeOld(programs) {
  const byAge = readdirSync(programs)
    .map((name) => join(programs, name))
    .flatMap((path) => {
      const usedMs = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
      return usedMs === undefined ? [] : [{ path, usedMs }];
    })
    .sort((one, other) => other.usedMs - one.usedMs);
  for (const { path } of byAge.slice(KEPT_PROGRAMS)) rmSync(path, { recursive: true, force: true });
}
