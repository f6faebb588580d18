// What hall IT does when the gateway refuses an evaluator for good, as one whose flash was erased and written under its
// old identity: reads the alarm, sees which one stays away, and puts the board into service under a new id.
import { loadMasterKeys, seal } from '../../gateway/fleet/master-key.ts';
import type { SimulatedHall } from './hall.ts';
import { holdFor } from './switchboard.ts';

const ALARM = 'evaluator.replayed';
/** A board at the serial line. */
const PROVISIONING_MS = 60_000;

/** Nothing is done without the alarm: that it comes is what a hall relies on. */
export async function lookAfterEvaluators(hall: SimulatedHall): Promise<void> {
  const { gateway, evaluators, world } = hall;
  const status = await gateway.call({ method: 'GET', path: '/v1/status' });
  const alarms = (status?.body.alarms ?? []) as { code: string }[];
  if (!alarms.some(({ code }) => code === ALARM)) return;
  const devices = (status!.body.devices ?? []) as { id: string; online: boolean }[];
  for (const [index, { identity, powered, cable }] of evaluators.entries()) {
    const isAway = devices.some(({ id, online }) => id === identity.device && !online);
    const isErased = hall.reflashed.some(({ device }) => device === identity.device);
    if (!isAway || !isErased || !powered || !cable.plugged || !gateway.running || hall.diskFails) continue;
    world.trace.say('technician', `replaces ${identity.device}`);
    replace(hall, index);
  }
}

/** `pingjia device replace --force`, and the board provisioned by force: presses that were in it are given up. */
function replace(hall: SimulatedHall, index: number): void {
  const { gateway, world, config } = hall;
  const evaluator = hall.evaluators[index]!;
  const old = evaluator.identity;
  const identity = { ...old, device: `${old.device}-${hall.former.length + 2}`, ...hall.newKey() };
  const keys = loadMasterKeys(config.masterKeyFile);
  const done = gateway.operate('replace-device', {
    old: old.device,
    id: identity.device,
    handle: identity.handle,
    gen: identity.gen,
    sealedKey: seal(keys.seal, Buffer.from(identity.key, 'hex'), `${identity.handle}.${identity.gen}`),
    revokesNow: true,
    atMs: gateway.clock.nowMs(),
  });
  if (!done.ok) throw new Error(`the gateway does not replace ${old.device}: ${done.code}`);
  holdFor(world, hall.evaluatorSwitches[index]!, { reason: 'technician', forMs: PROVISIONING_MS });
  hall.former.push(evaluator.artefact());
  hall.reflashed.push({ device: old.device, atMs: world.clock.wallMs() });
  evaluator.becomeAnother(identity);
}
