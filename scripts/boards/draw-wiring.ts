// A wiring as SVG: the board at the left with its pins in the order of the parts at the right, so that every wire is a
// straight line that can be followed.
import type { Part, Wire, Wiring } from './wiring.ts';

const ROW_PX = 26;
const HEAD_PX = 30;
const GAP_PX = 18;
const TOP_PX = 64;
const WIDTH_PX = 880;
const BOARD = { left: 24, right: 184 };
const PART = { left: 430, right: 856 };
const SUPPLY = /^(3V3|5V|GND)$/;

const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
const line = (x1: number, x2: number, y: number, color: string) =>
  `<path d="M${x1} ${y}H${x2}" stroke="${color}"/>`;
const words = (x: number, y: number, content: string, more = '') =>
  `<text x="${x}" y="${y}"${more}>${escaped(content)}</text>`;

const colorOf = ({ pin }: Wire) => (pin === 'GND' ? '#333' : SUPPLY.test(pin) ? '#b3261e' : '#0b57d0');

export function drawWiring({ title, board, parts }: Wiring): string {
  const shapes: string[] = [];
  let y = TOP_PX;
  for (const part of parts) {
    shapes.push(...drawPart(part, y));
    y += heightOf(part) + GAP_PX;
  }
  const height = y - GAP_PX + 24;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH_PX} ${height}" width="${WIDTH_PX}" height="${height}" font-family="sans-serif" font-size="14" fill="#111">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="${WIDTH_PX}" height="${height}" fill="#fff"/>`,
    words(BOARD.left, 34, title, ' font-size="16" font-weight="bold"'),
    `<rect x="${BOARD.left}" y="${TOP_PX - 8}" width="${BOARD.right - BOARD.left}" height="${height - TOP_PX - 4}" rx="6" fill="#e8f0e4" stroke="#333"/>`,
    words(BOARD.left + 12, TOP_PX + 14, board, ' font-weight="bold"'),
    '<g fill="none" stroke-width="2">',
    ...shapes.filter((shape) => shape.startsWith('<path')),
    '</g>',
    ...shapes.filter((shape) => !shape.startsWith('<path')),
    '</svg>',
    '',
  ].join('\n');
}

const heightOf = (part: Part) => HEAD_PX + (part.note ? ROW_PX : 0) + part.wires.length * ROW_PX + 8;

function drawPart(part: Part, top: number): string[] {
  const dash = part.optional ? ' stroke-dasharray="6 4"' : '';
  const name = part.optional ? `${part.name} (option)` : part.name;
  const shapes = [
    `<rect x="${PART.left}" y="${top}" width="${PART.right - PART.left}" height="${heightOf(part)}" rx="6" fill="#f4f4f4" stroke="#333"${dash}/>`,
    words(PART.left + 12, top + 21, name, ' font-weight="bold"'),
  ];
  let y = top + HEAD_PX;
  if (part.note) {
    shapes.push(words(PART.left + 12, y + 14, part.note, ' fill="#555"'));
    y += ROW_PX;
  }
  for (const wire of part.wires) {
    shapes.push(...drawWire(wire, y + ROW_PX / 2));
    y += ROW_PX;
  }
  return shapes;
}

function drawWire(wire: Wire, y: number): string[] {
  const color = colorOf(wire);
  const middle = (BOARD.right + PART.left) / 2;
  const ends = [
    words(BOARD.right - 10, y + 5, wire.pin, ' text-anchor="end"'),
    words(PART.left + 12, y + 5, wire.to),
  ];
  switch (wire.by) {
    case 'key':
      return [
        line(BOARD.right, middle - 20, y, color),
        `<path d="M${middle - 20} ${y}L${middle + 16} ${y - 12}" stroke="${color}"/>`,
        line(middle + 20, PART.left, y, color),
        `<circle cx="${middle - 20}" cy="${y}" r="3"/>`,
        `<circle cx="${middle + 20}" cy="${y}" r="3"/>`,
        ...ends,
      ];
    case 'light':
      return [
        line(BOARD.right, middle - 60, y, color),
        `<rect x="${middle - 60}" y="${y - 6}" width="40" height="12" fill="#fff" stroke="#333"/>`,
        line(middle - 20, middle + 12, y, color),
        `<polygon points="${middle + 12},${y - 8} ${middle + 12},${y + 8} ${middle + 28},${y}" fill="#f5c518" stroke="#333"/>`,
        line(middle + 28, PART.left, y, color),
        `<path d="M${middle + 28} ${y - 8}V${y + 8}" stroke="#333"/>`,
        ...ends,
      ];
    case 'resistor':
      return [
        line(BOARD.right, middle - 20, y, color),
        `<rect x="${middle - 20}" y="${y - 6}" width="40" height="12" fill="#fff" stroke="#333"/>`,
        line(middle + 20, PART.left, y, color),
        ...ends,
      ];
    default:
      return [line(BOARD.right, PART.left, y, color), ...ends];
  }
}
