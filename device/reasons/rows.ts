// The rows of the page of reasons, in pixels: for its drawing, and for boards where they are touched.

export const SCREEN_PX = 240;
export const HEAD_PX = 40;
/** Fewer options stand further apart, up to this. */
const ROW_LIMIT_PX = 56;
/** A row is whole strips of the panel. */
const ROW_STEP_PX = 8;

/** Whole strips of the panel. */
export const rowPxOf = (rows: number): number =>
  Math.min(ROW_LIMIT_PX, Math.floor((SCREEN_PX - HEAD_PX) / rows / ROW_STEP_PX) * ROW_STEP_PX);
