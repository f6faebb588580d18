// The scenes of the gallery: every state of an evaluator with realistic texts, drawn as a gateway would.

import type { Image } from '../../../device/contracts.ts';
import type { Ballot, State } from '../../../device/core/evaluator.ts';
import type { Known } from '../../../device/core/known.ts';
import { layoutReasons } from '../../../device/reasons/page.ts';
import type { SetupCodes } from '../../../device/setup/screen.ts';
import { reasonText } from '../../../gateway/reasons/reason-codes.ts';
import { openScreens } from '../../../gateway/screens/screens.ts';
import type { Level } from '../../../protocol/constants.ts';
import { drawPortrait } from './portrait.ts';

/** 2026-02-13 10:28 in Harbin, a Friday. */
export const SCENE_WALL_MS = Date.UTC(2026, 1, 13, 2, 28);

/** As the firmware keeps it. */
const received = (image: Image): Image => ({ ...image, d: atob(image.d) });

export function makeScenes(): Record<string, { state: State; wallMs: number; setup?: SetupCodes }> {
  const screens = openScreens({ onMissingGlyph: () => undefined });
  const who = received(screens.who({ name: '王䶮', badgeId: 'A1023' }));
  const desk = {
    staff: '00000000000000a1',
    paused: false,
    unlinked: false,
    place: received(screens.place({ hall: '尚志市政务服务大厅', window: 'A03 综合' })),
    who,
    photo: undefined,
  };
  const photo = drawPortrait();
  const card = {
    invitation: '00000000000000c1',
    staff: desk.staff,
    termSeconds: 600,
    matter: received(screens.matter(['国有建设用地使用权及房屋所有权转移登记'])),
    who,
  };
  const batch = {
    ...card,
    matter: received(screens.matter(['企业名称预先核准登记', '印章刻制备案', '税务登记'])),
  };
  const known: Known = {
    desk,
    card: undefined,
    evaluated: '0000000000000000',
    link: 'online',
    full: false,
    nearlyFull: false,
    fault: undefined,
    thanked: undefined,
    offer: undefined,
  };
  const withCard: Known = { ...known, card };
  const reason = (level: Level, code: number) => ({
    code,
    label: received(screens.reason(reasonText(level, code)!)),
  });
  const offer = {
    seq: 1,
    layout: layoutReasons,
    options: [
      reason(2, 209),
      reason(2, 210),
      reason(2, 211),
      // The longest of all.
      reason(2, 212),
      reason(2, 214),
    ],
  };
  const few = { ...offer, options: [reason(5, 510), reason(5, 512), reason(5, 517)] };
  const ballot = (level: Level): Ballot => ({
    invitation: card.invitation,
    staff: desk.staff,
    level,
    uptimeMs: -900,
    wallMs: SCENE_WALL_MS,
    flags: 0,
    changes: 0,
  });
  const chosen = (level: Level): State => ({
    name: 'chosen',
    known: withCard,
    shown: withCard,
    ballot: ballot(level),
  });
  const offline = { ...known, link: 'no-gateway' as const };
  const unlinked: Known = { ...offline, desk: { ...desk, unlinked: true } };
  const at = (state: State) => ({ state, wallMs: SCENE_WALL_MS });
  return {
    unprovisioned: { state: { name: 'unprovisioned', known: { ...known, desk: undefined } }, wallMs: 0 },
    starting: {
      state: { name: 'idle', known: { ...known, desk: undefined, link: 'no-link' } },
      wallMs: 0,
    },
    idle: at({ name: 'idle', known }),
    'idle-photo': at({ name: 'idle', known: { ...known, desk: { ...desk, photo } } }),
    'no-clock': { state: { name: 'idle', known }, wallMs: 0 },
    'no-wifi': { state: { name: 'idle', known: { ...known, desk: undefined, link: 'no-wifi' } }, wallMs: 0 },
    'wifi-password': at({ name: 'idle', known: { ...known, link: 'wifi-password' } }),
    setup: {
      ...at({ name: 'idle', known: { ...known, link: 'no-wifi' } }),
      setup: { name: '4821', code: '30957164' },
    },
    refused: at({ name: 'idle', known: { ...known, link: 'refused' } }),
    reasons: at({ name: 'reasons', known, ballot: ballot(2), offer, picked: 0 }),
    'reasons-picked': at({ name: 'reasons', known, ballot: ballot(2), offer, picked: 0b10010 }),
    'reasons-few': at({ name: 'reasons', known, ballot: ballot(5), offer: few, picked: 0b1 }),
    'idle-nobody': at({
      name: 'idle',
      known: { ...known, desk: { ...desk, who: undefined }, nearlyFull: true },
    }),
    'offline-idle': at({ name: 'idle', known: offline }),
    'offline-unlinked': at({ name: 'idle', known: { ...unlinked, link: 'refused', nearlyFull: true } }),
    card: at({ name: 'card', known: withCard }),
    'card-batch-offline': at({ name: 'card', known: { ...offline, card: batch } }),
    'chosen-5': at(chosen(5)),
    'chosen-3': at(chosen(3)),
    'chosen-1': at(chosen(1)),
    'chosen-unlinked': at({
      name: 'chosen',
      known: unlinked,
      shown: unlinked,
      ballot: { ...ballot(2), invitation: '0000000000000000' },
    }),
    thanks: at({ name: 'thanks', known: withCard, shown: withCard, ballot: ballot(4) }),
    paused: at({ name: 'paused', known: { ...known, desk: { ...desk, paused: true } } }),
    full: at({ name: 'full', known: { ...known, full: true } }),
    'fault-flash': at({ name: 'fault', known: { ...known, fault: 'flash' } }),
    'fault-start': at({ name: 'fault', known: { ...known, fault: 'start' } }),
  };
}
