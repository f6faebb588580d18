// The proofs that take minutes, each with what makes it long: `npm run test:long` runs them in one go. A word behind it
// picks those whose name holds that word.
import { spawnSync } from 'node:child_process';

interface LongProof {
  name: string;
  /** Read by the tests themselves; without them the same tests are short and part of `npm test`. */
  settings: Readonly<Record<`PROOF_${string}`, number>>;
  paths: readonly string[];
}

const LONG_PROOFS: readonly LongProof[] = [
  {
    name: 'power-loss',
    settings: { PROOF_EVERY_PREFIX: 1, PROOF_MODEL_RUNS: 2000 },
    paths: ['device/flash'],
  },
  { name: 'update-and-compaction', settings: { PROOF_UPDATE: 1 }, paths: ['simulator/power/'] },
  { name: 'provisioning', settings: { PROOF_PROVISION_CUTS: 20 }, paths: ['simulator/provisioning'] },
  {
    name: 'blackhole',
    settings: { PROOF_BLACKHOLE_PRESSES: 1000 },
    paths: ['simulator/hostile/blackhole.test.ts'],
  },
  {
    name: 'any-request',
    settings: { PROOF_API_REQUESTS: 20_000 },
    paths: ['gateway/http/any-request.test.ts'],
  },
  { name: 'kills', settings: { PROOF_KILL_ROUNDS: 200 }, paths: ['simulator/kills'] },
  {
    name: 'overload',
    settings: { PROOF_OVERLOAD_DEVICES: 160 },
    paths: ['simulator/disks/overload.test.ts'],
  },
  { name: 'virtual-disk', settings: { PROOF_DISK_CRASHES: 5000 }, paths: ['simulator/world/disk'] },
  { name: 'model', settings: { PROOF_MODEL_HALLS: 150 }, paths: ['simulator/model'] },
  { name: 'restore', settings: { PROOF_RESTORE_RECORDS: 500 }, paths: ['simulator/restore'] },
  {
    name: 'sim',
    settings: { PROOF_SIM_SEEDS: 60 },
    paths: ['simulator/faults'],
  },
  { name: 'teeth', settings: { PROOF_TEETH: 3 }, paths: ['simulator/teeth'] },
  {
    name: 'hostile-province',
    settings: { PROOF_HOSTILE_RUNS: 16 },
    paths: ['simulator/province/hostile.test.ts'],
  },
  { name: 'fleet', settings: { PROOF_FLEET_DEVICES: 200 }, paths: ['simulator/fleet'] },
  { name: 'live-day', settings: { PROOF_LIVE_MINUTES: 60 }, paths: ['simulator/hall'] },
];

const word = process.argv[2] ?? '';
const chosen = LONG_PROOFS.filter(({ name }) => name.includes(word));
if (chosen.length === 0) {
  const names = LONG_PROOFS.map(({ name }) => name).join(', ');
  console.error(`LONG_PROOF_UNKNOWN: no long proof is called "${word}". There are: ${names}.`);
  process.exit(2);
}
const settings = Object.assign({}, ...chosen.map((proof) => proof.settings)) as Record<string, number>;
const env = Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, String(value)]));
const paths = chosen.flatMap((proof) => proof.paths);
const run = spawnSync('npx', ['vitest', 'run', ...paths], {
  stdio: 'inherit',
  env: { ...env, ...process.env },
});
process.exit(run.status ?? 1);
