// Wires the firmware of one board: flash, identity, journal, machine, screen, link. The only place that knows all
// of them. Works unprovisioned: then it says so and waits for `provision`.
import { createAssets } from './assets/assets.ts';
import { hasReturned, isOnTrial, needsConfirming } from './boot/slot-choice.ts';
import type { Identity, Link } from './contracts.ts';
import { isAtRest, stateAtBoot } from './core/evaluator.ts';
import { faultNumber } from './core/faults.ts';
import { levelsOf } from './core/keys.ts';
import { createEvaluator } from './core/run-evaluator.ts';
import { generationInUse } from './flash/generation-in-use.ts';
import { createIdentityStore } from './flash/identity.ts';
import { COUNTER_RESETS } from './flash/identity-layout.ts';
import { createJournal } from './flash/journal.ts';
import type { Fields } from './link/down-messages.ts';
import { createLink } from './link/link.ts';
import type { Hardware } from './ports.ts';
import { createRenderer } from './screen/renderer.ts';
import { createScreen } from './screen/screen.ts';
import { highContrast } from './screen/theme.ts';
import type { OrderContext } from './update/context.ts';

const SETUP_MINUTES = 10;
const SETUP_LOOK_MS = 5000;

export function startFirmware(hardware: Hardware): void {
  const native = hardware.native;
  const timers = hardware.timers;
  const start = hardware.part('start')!;
  const settings = start.readSettings(hardware.files);
  const store = createIdentityStore({
    flash: hardware.flash,
    area: hardware.identityArea,
    crc32: native.crc32,
  });
  const identity = store.identity();
  const boot = identity ? store.beginBoot() : 0;
  const journal = createJournal({
    flash: hardware.flash,
    area: hardware.journalArea,
    crc32: native.crc32,
    counters: store,
    mount: start.mountJournal,
  });
  let link: Link | undefined;
  const wallMs = () => (link ? link.wallMs() : 0);
  const screen = createScreen({
    assets: createAssets(hardware.files, native, hardware.slot),
    language: settings.language === 'en' ? 1 : 0,
    renderer: createRenderer(hardware.panel, timers, settings.contrast === 'high' ? highContrast : undefined),
    timers,
    wallMs,
    touch: hardware.panel.touch === true,
    tell: hardware.tell,
  });
  const known = start.knownAtBoot({
    evaluated: start.lastEvaluated(journal),
    journal: journal.state(),
    flashFailed: identity !== undefined && boot === 0,
  });
  const evaluator = createEvaluator(
    {
      timers,
      feedback: hardware.feedback,
      wallMs,
      boot,
      gen: identity ? identity.gen : 0,
      append(record) {
        const result = journal.append(record);
        if (result.ok && link) link.recordAppended();
        return result;
      },
      journalState: journal.state,
      show: screen.show,
      tell: hardware.tell,
      reboot() {
        store.markClean();
        native.reboot();
      },
    },
    stateAtBoot(known, identity !== undefined),
  );
  hardware.command('memory', () => {
    const memory = native.memory();
    hardware.tell('memory', `${memory.used} ${memory.total}`);
  });
  hardware.command('provision', (argument) => {
    const provision = hardware.part('provision');
    if (provision)
      provision({ hardware, store, journal, busy: () => 'ballot' in evaluator.state() }, argument);
  });
  const atRest = () => isAtRest(evaluator.state());
  const orderContext = (to: Link, own: Identity): OrderContext => ({
    hardware,
    store,
    identity: own,
    journal,
    link: to,
    version: FIRMWARE_VERSION,
    atRest,
    restart: evaluator.onReboot,
    faulty: () => screen.name() === 'fault',
  });
  // Kept from one order to the next, as an image comes in many; not while a card needs the memory.
  let takeOrder: ((fields: Fields) => void) | undefined;
  const order = (fields: Fields) => {
    if (fields.do === 'reasons') {
      const readReasons = hardware.part('reasons');
      const offer = readReasons ? readReasons(fields, native.fromBase64) : undefined;
      if (offer) evaluator.onReasons(offer);
    } else if (!atRest()) takeOrder = undefined;
    else {
      const makeOrders = takeOrder ? undefined : hardware.part('order');
      if (makeOrders) takeOrder = makeOrders(orderContext(link!, identity!));
      if (takeOrder) takeOrder(fields);
    }
  };
  // The gateway's word frees room: the evaluator looks again whether it may take presses.
  const acknowledge = journal.acknowledge;
  journal.acknowledge = (seq) => {
    acknowledge(seq);
    evaluator.onJournal();
  };
  /** Without the gateway for a while. The page is on the screen at rest only; a card goes before it. */
  function offerSetup(own: Link, named: Identity): void {
    const waitMs = (settings.setupMinutes === undefined ? SETUP_MINUTES : settings.setupMinutes) * 60_000;
    let aloneSinceMs = 0;
    let open = false;
    const look = () => {
      timers.after(SETUP_LOOK_MS, look);
      if (open || own.state() === 'online') aloneSinceMs = timers.uptimeMs();
      else if (waitMs > 0 && timers.uptimeMs() - aloneSinceMs >= waitMs) {
        aloneSinceMs = timers.uptimeMs();
        const openSetup = hardware.part('setup');
        if (!openSetup) return;
        openSetup({
          hardware,
          identity: named,
          boot,
          link: own,
          show: evaluator.onSetup,
          onClosed() {
            open = false;
          },
        });
        open = true;
      }
    };
    look();
  }
  // There is a screen now: what fails from here on is shown on it.
  try {
    hardware.listenKeys(evaluator.onKey, evaluator.state);
    evaluator.start();
    if (identity && boot && settings.gateway && settings.port) {
      link = createLink({
        hardware,
        identity,
        journal,
        bootNumber: boot,
        listener: evaluator,
        version: FIRMWARE_VERSION,
        settings: {
          gateway: settings.gateway,
          port: settings.port,
          external: settings.external === true,
          healthEveryMs: (settings.healthSeconds || 60) * 1000,
          probe: settings.probe || settings.gateway,
        },
        endedClean: store.endedClean(),
        firmware: {
          slot: hardware.slot,
          update: isOnTrial(store) ? 'trial' : hasReturned(store) ? 'returned' : 'none',
        },
        status: () => {
          const keys = evaluator.keys();
          const fault = evaluator.state().known.fault;
          return {
            screen: screen.name(),
            stuck: levelsOf(keys.stuck),
            bouncing: levelsOf(keys.bouncing),
            fault: fault ? faultNumber(fault) : 0,
            resets: store.counter(COUNTER_RESETS),
            previousGen: generationInUse(identity, journal),
          };
        },
        onOrder: order,
      });
      link.start();
      if (hardware.network.useWifi) offerSetup(link, identity);
      if (needsConfirming(store, hardware.slot)) {
        const startTrial = hardware.part('trial');
        if (startTrial) startTrial(orderContext(link, identity));
      }
    }
  } catch (error) {
    hardware.tell('log', `start: ${error}`);
    evaluator.onFault('start');
  }
}
