// Parses the console lines of the firmware (`PJ1 …`, device/README.md) into events. Other lines are text.
import type { StripView } from './feed-types.ts';

export type ConsoleEvent =
  | { type: 'strip'; strip: StripView }
  | { type: 'frame'; checksum: string }
  | { type: 'screen'; name: string; invitation: string | undefined }
  | { type: 'lights'; mask: number }
  | { type: 'link'; state: string }
  | { type: 'thanked'; seq: number }
  | { type: 'log'; text: string }
  | { type: 'other'; text: string };

const PREFIX = 'PJ1 ';

export function parseConsoleLine(line: string): ConsoleEvent {
  const other: ConsoleEvent = { type: 'other', text: line };
  if (!line.startsWith(PREFIX)) return other;
  const [kind = '', first = '', second] = line.slice(PREFIX.length).trimEnd().split(' ');
  const number = Number(first);
  switch (kind) {
    case 'strip':
      return second === undefined || !Number.isInteger(number)
        ? other
        : { type: 'strip', strip: [number, second] };
    case 'frame':
      return { type: 'frame', checksum: first };
    case 'screen':
      return { type: 'screen', name: first, invitation: second };
    case 'lights':
      return Number.isInteger(number) ? { type: 'lights', mask: number } : other;
    case 'link':
      return { type: 'link', state: first };
    case 'thanked':
      return Number.isInteger(number) && number > 0 ? { type: 'thanked', seq: number } : other;
    case 'log':
      return { type: 'log', text: line.slice(PREFIX.length + 'log '.length) };
    default:
      return other;
  }
}
