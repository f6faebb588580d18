// How large a photo of a staff member may be as it comes. Apart from photo.ts, which loads the library that draws.

export const PHOTO_LIMIT_BYTES = 1_048_576;
/** Decoding takes the gateway's own thread: about 30 ms for the largest. */
export const PHOTO_SIDE_LIMIT_PX = 2048;
