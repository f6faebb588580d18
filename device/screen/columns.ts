// Where the options are on the screen, in pixels: for their drawing, and for boards where they are touched.

export const COLUMN_PX = 64;
export const COLUMNS_TOP = 128;
