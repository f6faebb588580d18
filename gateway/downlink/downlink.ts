// Keeps each window's evaluator showing what the database says: desk and card at hello, and after every change.
// Reads the state anew each time, so that a lost desk, card or cancellation is made up for by the next hello: the
// open invitation is shown once the journal is drained; if none is open, whatever card is shown goes at once.
import { INVITATION_MIN_SECONDS, NO_HANDLE } from '../../protocol/constants.ts';
import type { Hello } from '../../protocol/messages.ts';
import type { Committed } from '../observed-writer.ts';
import type { Clock, Log, Sessions } from '../ports.ts';
import type { Screens } from '../screens/screens.ts';
import type { Reader } from '../store/reader.ts';

export interface DownlinkOptions {
  hall: { name: string };
  windows: readonly { id: string; label: string }[];
  unlinkedPresses: boolean;
  reader: Pick<Reader, 'deviceById' | 'deviceAtWindow' | 'deskOf' | 'openInvitationAt' | 'staffPhoto'>;
  sessions: Sessions;
  screens: Screens;
  clock: Clock;
  log: Log;
}

export interface Downlink {
  hello(device: string, hello: Hello): void;
  committed(change: Committed): void;
}

export function makeDownlink(options: DownlinkOptions): Downlink {
  const { reader, sessions, screens, clock, log } = options;
  /** Evaluators whose journal held presses at hello: their card waits until that sequence is stored. */
  const drains = new Map<string, number>();

  const isRetired = (device: string) => reader.deviceById(device)?.retiredMs !== undefined;

  function showDesk(device: string, window: string | undefined): void {
    const label = options.windows.find(({ id }) => id === window)?.label ?? window ?? '';
    const { staff, paused } =
      window === undefined ? { staff: undefined, paused: false } : reader.deskOf(window);
    sessions.send(device, 'control', {
      do: 'desk',
      staff: staff?.handle ?? NO_HANDLE,
      // At its window another one is pressed: this one only delivers what it holds.
      paused: paused || isRetired(device),
      unlinked: options.unlinkedPresses,
      place: screens.place({ hall: options.hall.name, window: label }),
      who: staff ? screens.who(staff) : null,
      photo: (staff && reader.staffPhoto(staff.badgeId)) ?? null,
    });
  }

  function showCard(device: string, window: string): void {
    const nowMs = clock.nowMs();
    const open = reader.openInvitationAt(window, nowMs);
    if (!open) return;
    const leftSeconds = Math.ceil((open.endsMs - nowMs) / 1000);
    const sent = sessions.send(device, 'card', {
      invitation: open.invitation,
      staff: open.staff.handle,
      term: Math.max(INVITATION_MIN_SECONDS, leftSeconds),
      matter: screens.matter(open.services.map(({ taskName }) => taskName)),
      who: screens.who(open.staff),
    });
    log.info({ device, window, invitation: open.invitation, sent }, 'card');
  }

  /** Takes an old card away that was cancelled or ended while the evaluator was offline; else it stays until pressed. */
  function hideOldCard(device: string, window: string): void {
    if (reader.openInvitationAt(window, clock.nowMs())) return;
    sessions.send(device, 'control', { do: 'cancel', invitation: NO_HANDLE });
  }

  function show(window: string, run: (device: string) => void): void {
    const device = reader.deviceAtWindow(window)?.id;
    if (device !== undefined) run(device);
  }

  /** Shows the open invitation once everything the evaluator held at hello is stored. */
  function drained(device: string, upTo: number): void {
    const target = drains.get(device);
    if (target === undefined || upTo < target) return;
    drains.delete(device);
    const window = reader.deviceById(device)?.window;
    if (window !== undefined && !isRetired(device)) showCard(device, window);
  }

  return {
    hello(device, hello) {
      const { window, watermark } = reader.deviceById(device) ?? { window: undefined, watermark: 0 };
      showDesk(device, window);
      if (window === undefined) return;
      hideOldCard(device, window);
      // A press for the open invitation may be among the unsent records: asking again would invite a second one.
      drains.set(device, hello.next - 1);
      drained(device, watermark);
    },
    committed(change) {
      switch (change.name) {
        case 'replace-device':
          if (change.out.ok) showDesk(change.input.old, change.out.window);
          return;
        case 'put-desk':
          show(change.input.window, (device) => showDesk(device, change.input.window));
          return;
        case 'put-staff-photo':
          if (!change.out.ok || change.out.change === 'unchanged') return;
          for (const { id: window } of options.windows)
            if (reader.deskOf(window).staff?.badgeId === change.input.badgeId)
              show(window, (device) => showDesk(device, window));
          return;
        case 'create-invitation': {
          const { window } = change.input;
          if (!change.out.ok) return;
          show(window, (device) => {
            drains.delete(device);
            showCard(device, window);
          });
          return;
        }
        case 'cancel-invitation': {
          const { invitation } = change.input;
          if (!change.out.ok) return;
          show(change.out.window, (device) => sessions.send(device, 'control', { do: 'cancel', invitation }));
          return;
        }
        case 'note-hello':
        case 'store-evaluation':
        case 'quarantine':
          drained(change.input.device, change.out.upTo);
          return;
        default:
          return;
      }
    },
  };
}
