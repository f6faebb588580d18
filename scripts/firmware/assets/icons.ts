// The device's pictures: five faces of one size and stroke, the mark of a chosen key, and the icons of notices.
import type { SKRSContext2D } from '@napi-rs/canvas';
import { type AssetBitmap, drawCentered, openSheet } from './drawing.ts';

const COLUMN_PX = 64;
const PILL = { widthPx: 44, heightPx: 18, topPx: 1 };

/** Mouth of each level: the control point's distance below the mouth's ends, in parts of the radius. */
const MOUTHS: Record<number, number> = { 5: 0.95, 4: 0.55, 3: 0, 2: -0.55, 1: -0.95 };

export function drawFace(context: SKRSContext2D, level: number, centerPx: number, middlePx: number): void {
  const radius = 14;
  context.lineWidth = 2.4;
  context.beginPath();
  context.arc(centerPx, middlePx, radius, 0, 2 * Math.PI);
  context.stroke();
  for (const side of [-1, 1]) {
    context.beginPath();
    context.arc(centerPx + side * 5.5, middlePx - 4.5, 2, 0, 2 * Math.PI);
    context.fill();
  }
  const bend = MOUTHS[level]! * radius;
  const mouthPx = middlePx + 5.5 - bend * 0.22;
  context.beginPath();
  context.moveTo(centerPx - 7.5, mouthPx);
  context.quadraticCurveTo(centerPx, mouthPx + bend * 0.75, centerPx + 7.5, mouthPx);
  context.stroke();
}

function pill(context: SKRSContext2D, leftPx: number): void {
  context.beginPath();
  context.roundRect(leftPx + (COLUMN_PX - PILL.widthPx) / 2, PILL.topPx, PILL.widthPx, PILL.heightPx, 10);
}

/** The keys below the screen, as they are numbered. */
export function drawPills(): AssetBitmap {
  const { context, finish } = openSheet(5 * COLUMN_PX, 24);
  context.lineWidth = 2;
  for (let column = 0; column < 5; column++) {
    pill(context, column * COLUMN_PX);
    context.stroke();
    drawCentered(
      context,
      { text: `${5 - column}`, emPx: 19, weight: 'bold' },
      { centerPx: column * COLUMN_PX + COLUMN_PX / 2, topPx: 2, limitPx: PILL.widthPx },
    );
  }
  return finish();
}

/** Round the chosen column, across the bitmaps of its option and its mark. */
export function drawFrame(context: SKRSContext2D, edge: { topPx: number; bottomPx: number }): void {
  context.lineWidth = 2;
  context.strokeRect(2, edge.topPx, COLUMN_PX - 4, edge.bottomPx - edge.topPx - 2);
}

export function drawTick(): AssetBitmap {
  const { context, finish } = openSheet(COLUMN_PX, 24);
  drawFrame(context, { topPx: -20, bottomPx: 24 });
  pill(context, 0);
  context.fill();
  context.globalCompositeOperation = 'destination-out';
  context.lineWidth = 3.4;
  strokePath(context, [
    [24, 9.5],
    [30, 14.5],
    [41, 4.5],
  ]);
  return finish();
}

export function drawSmallTick(): AssetBitmap {
  const { context, finish } = openSheet(24, 24);
  context.lineWidth = 4;
  strokePath(context, [
    [3, 13],
    [9, 19],
    [21, 5],
  ]);
  return finish();
}

const ICON_PX = 72;

export const drawDone = (): AssetBitmap =>
  ringed((context) => {
    context.lineWidth = 7;
    strokePath(context, [
      [21, 37],
      [32, 48],
      [52, 26],
    ]);
  });

export const drawPause = (): AssetBitmap =>
  ringed((context) => {
    context.fillRect(25, 22, 8, 28);
    context.fillRect(39, 22, 8, 28);
  });

export const drawSetup = (): AssetBitmap => {
  const { context, finish } = openSheet(ICON_PX, ICON_PX);
  context.translate(ICON_PX / 2, ICON_PX / 2);
  for (let tooth = 0; tooth < 8; tooth++) {
    context.rotate(Math.PI / 4);
    context.beginPath();
    context.roundRect(-6, -34, 12, 16, 3);
    context.fill();
  }
  context.lineWidth = 11;
  context.beginPath();
  context.arc(0, 0, 20, 0, 2 * Math.PI);
  context.stroke();
  return finish();
};

export function drawWarning(): AssetBitmap {
  const { context, finish } = openSheet(ICON_PX, ICON_PX);
  context.lineWidth = 6;
  context.beginPath();
  context.moveTo(36, 8);
  context.lineTo(67, 62);
  context.lineTo(5, 62);
  context.closePath();
  context.stroke();
  context.fillRect(33, 26, 6, 19);
  context.fillRect(33, 49, 6, 6);
  return finish();
}

function ringed(draw: (context: SKRSContext2D) => void): AssetBitmap {
  const { context, finish } = openSheet(ICON_PX, ICON_PX);
  context.lineWidth = 5;
  context.beginPath();
  context.arc(ICON_PX / 2, ICON_PX / 2, 32, 0, 2 * Math.PI);
  context.stroke();
  draw(context);
  return finish();
}

function strokePath(context: SKRSContext2D, points: [number, number][]): void {
  context.beginPath();
  points.forEach(([x, y], index) => {
    if (index === 0) context.moveTo(x, y);
    else context.lineTo(x, y);
  });
  context.stroke();
}
