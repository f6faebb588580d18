// All bitmaps of the file `assets` in the order of device/assets/catalog.ts, by the names it gives them.
import * as catalog from '../../../device/assets/catalog.ts';
import { type AssetBitmap, drawCentered, isChinese, measureText, openSheet, type Weight } from './drawing.ts';
import * as icons from './icons.ts';
import { DEVICE_TEXTS, type DeviceText, LEVEL_NAMES, OPTION_LABELS, WEEKDAYS } from './texts.ts';

const SCREEN_PX = 320;
const COLUMN_PX = 64;
const OPTION_ROWS_PX = 88;
const TITLE_FROM_PX = 30;
/** Letters of a line stand where Chinese and the digits beside them do, and so need more room below. */
const LOWERED_PX = 2;
const LABEL = { topPx: 34, linePx: 25, emPx: 24, limitPx: 56 };

export function drawAssets(): AssetBitmap[] {
  const assets: AssetBitmap[] = new Array(catalog.ASSET_COUNT);
  for (const [name, text] of Object.entries(DEVICE_TEXTS)) putText(assets, numberOf(name), text);
  WEEKDAYS.forEach((text, day) => {
    putText(assets, catalog.TEXT_SUNDAY + 2 * day, text);
  });
  LEVEL_NAMES.forEach((text, column) => {
    putText(assets, catalog.TEXT_LEVEL_5 + 2 * column, text);
  });
  (['chinese', 'english'] as const).forEach((language, index) => {
    const all = openSheet(SCREEN_PX, OPTION_ROWS_PX);
    OPTION_LABELS.forEach((labels, column) => {
      const one = openSheet(COLUMN_PX, OPTION_ROWS_PX);
      const option = { level: 5 - column, lines: labels[language] };
      drawOption(all.context, option, column * COLUMN_PX);
      drawOption(one.context, option, 0);
      icons.drawFrame(one.context, { topPx: 2, bottomPx: OPTION_ROWS_PX + 24 });
      assets[catalog.TEXT_OPTION_5 + 2 * column + index] = one.finish();
    });
    assets[catalog.TEXT_OPTIONS + index] = all.finish();
  });
  assets[catalog.PILLS] = icons.drawPills();
  assets[catalog.TICK] = icons.drawTick();
  assets[catalog.TICK_SMALL] = icons.drawSmallTick();
  assets[catalog.ICON_DONE] = icons.drawDone();
  assets[catalog.ICON_PAUSE] = icons.drawPause();
  assets[catalog.ICON_WARNING] = icons.drawWarning();
  assets[catalog.ICON_SETUP] = icons.drawSetup();
  [...'0123456789-:'].forEach((character, index) => {
    const widthPx = character === ':' ? 24 : 48;
    assets[catalog.CLOCK_0 + index] = drawCell(character, {
      widthPx,
      heightPx: 64,
      emPx: 84,
      weight: 'bold',
    });
  });
  [...'0123456789-'].forEach((character, index) => {
    assets[catalog.DIGIT_0 + index] = drawCell(character, {
      widthPx: 16,
      heightPx: 24,
      emPx: 24,
      weight: 'medium',
    });
  });
  return assets;
}

const numberOf = (name: string): number => (catalog as unknown as Record<string, number>)[name]!;

function putText(assets: AssetBitmap[], id: number, { chinese, english, emPx, limitPx }: DeviceText): void {
  assets[id] = drawLine(chinese, { emPx, limitPx });
  assets[id + 1] = drawLine(english, { emPx, limitPx });
}

/** As wide as it is, but no wider than allowed: then it is narrowed. */
function drawLine(
  text: string,
  { emPx, limitPx = SCREEN_PX - 16 }: { emPx: number; limitPx: number | undefined },
): AssetBitmap {
  const weight: Weight = emPx > TITLE_FROM_PX ? 'bold' : 'medium';
  const width = Math.min(measureText({ text, emPx, weight }), limitPx);
  const widthPx = Math.ceil(width / 8) * 8;
  const loweredPx = emPx > TITLE_FROM_PX || isChinese(text) ? 0 : LOWERED_PX;
  const sheet = openSheet(widthPx, emPx + loweredPx);
  drawCentered(
    sheet.context,
    { text, emPx, weight },
    { centerPx: widthPx / 2, topPx: loweredPx, limitPx: width },
  );
  return sheet.finish();
}

interface Cell {
  widthPx: number;
  heightPx: number;
  emPx: number;
  weight: Weight;
}

/** A digit in a cell of fixed width, its height of about 0.73 em in the cell's middle. */
function drawCell(text: string, { widthPx, heightPx, emPx, weight }: Cell): AssetBitmap {
  const sheet = openSheet(widthPx, heightPx);
  const topPx = (heightPx - 0.733 * emPx) / 2 - (0.79 - 0.733) * emPx;
  drawCentered(
    sheet.context,
    { text, emPx, weight },
    { centerPx: widthPx / 2, topPx: Math.round(topPx), limitPx: widthPx },
  );
  return sheet.finish();
}

type Context = Parameters<typeof icons.drawFace>[0];

function drawOption(context: Context, option: { level: number; lines: string[] }, leftPx: number): void {
  const centerPx = leftPx + COLUMN_PX / 2;
  icons.drawFace(context, option.level, centerPx, 18);
  const topPx = LABEL.topPx + ((2 - option.lines.length) * LABEL.linePx) / 2;
  option.lines.forEach((text, index) => {
    drawCentered(
      context,
      { text, emPx: LABEL.emPx, weight: 'medium' },
      { centerPx, topPx: Math.round(topPx + index * LABEL.linePx), limitPx: LABEL.limitPx },
    );
  });
}
