// What evaluators are shown. Its typeface with the library is a good part of a start and not needed to keep a record:
// both are loaded once the gateway is ready, and whoever said hello meanwhile is shown its state then.
import { type DownlinkOptions, makeDownlink } from './downlink/downlink.ts';
import type { ObservedWriter } from './observed-writer.ts';
import { makeReasonOffers, type ReasonsOfLevel } from './reasons/offer-reasons.ts';
import type { Screens, ScreensOptions } from './screens/screens.ts';

export interface ScreensParts extends Omit<DownlinkOptions, 'screens'> {
  reasons: readonly ReasonsOfLevel[];
  writer: Pick<ObservedWriter, 'onCommitted'>;
  /** Without a typeface no evaluator can be shown anything. */
  onLost: (reason: string) => void;
  /** In the place of the typeface, and at once. */
  openScreens: OpenScreens | undefined;
}

type OpenScreens = (options: ScreensOptions) => Screens;

/** Returns what ends it. */
export function startScreens(parts: ScreensParts): () => Promise<void> {
  const { sessions, writer, clock, log, reasons, onLost } = parts;
  const ends: (() => void)[] = [];
  let stopped = false;

  const show = (openScreens: OpenScreens) => {
    const screens = openScreens({
      onMissingGlyph: (codePoint) =>
        log.warn({ codePoint: `U+${codePoint.toString(16).toUpperCase()}` }, 'A character has no glyph.'),
    });
    const downlink = makeDownlink({ ...parts, screens });
    const reasonOffers = makeReasonOffers({ reasons, screens, sessions, clock, log });
    const hello: Parameters<typeof sessions.onHello>[0] = ({ device }, said) => {
      try {
        downlink.hello(device, said);
      } catch (error) {
        log.error({ err: error, device }, 'An evaluator could not be shown its state.');
      }
    };
    ends.push(writer.onCommitted((change) => reasonOffers.committed(change)));
    ends.push(writer.onCommitted((change) => downlink.committed(change)));
    sessions.onHello(hello);
    for (const connected of sessions.connected()) if (connected.hello) hello(connected, connected.hello);
  };
  const load = async () => {
    await new Promise<void>((resolve) => setImmediate(resolve));
    const { openScreens } = await import('./screens/screens.ts');
    if (!stopped) show(openScreens);
  };
  let showing: Promise<void> | undefined;
  if (parts.openScreens) show(parts.openScreens);
  else
    showing = load().catch((error: Error) => {
      onLost(`Nothing can be drawn for the evaluators (${error.message}). Install the gateway anew.`);
    });

  return async () => {
    stopped = true;
    await showing;
    for (const end of ends) end();
  };
}
