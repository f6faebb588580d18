// A screen is a list of bands: full-width stripes of whole strips, each with the rectangles and bitmaps on it. A
// band whose key and subject are those already on the panel is not drawn again.
import type { Bitmap } from '../ports.ts';

/** `image` undefined: a rectangle of `ink`. Otherwise its ones are `ink`, its zeros `paper`. */
export interface Item {
  x: number;
  y: number;
  w: number;
  h: number;
  ink: number;
  paper: number;
  image: Bitmap | undefined;
}

/** Data only: a closure for each band would cost the interpreter more than the band. */
export interface Band<View> {
  /** Pixels, both multiples of the strip's rows. */
  top: number;
  rows: number;
  /** Background; NO_FILL where the items cover all of it. */
  paper: number;
  /** What it shows, in few characters, and the object it shows if that came from outside. */
  key: string;
  subject: object | undefined;
  paint: Painter<View>;
}

/** The band's items in the view that is shown now. */
export type Painter<View> = (view: View, band: Band<View>) => Item[];

export const NO_FILL = -1;

export const sameBand = <View>(a: Band<View>, b: Band<View>): boolean =>
  a.key === b.key && a.top === b.top && a.rows === b.rows && a.subject === b.subject;

export const rectangle = (x: number, y: number, w: number, h: number, ink: number): Item => ({
  x,
  y,
  w,
  h,
  ink,
  paper: ink,
  image: undefined,
});

export const picture = (image: Bitmap, x: number, y: number, ink: number, paper: number): Item => ({
  x,
  y,
  w: image.width,
  h: image.height,
  ink,
  paper,
  image,
});
