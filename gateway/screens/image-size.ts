// The size of a PNG or JPEG as its header tells it, read before anything is decoded: a small file can hold a picture
// that fills all memory. Undefined for whatever else the bytes are.

export interface ImageSize {
  widthPx: number;
  heightPx: number;
}

const PNG_SIGNATURE = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
/** PNG, third edition, 11.2.1: width and height are the first words of IHDR, the first chunk. */
const PNG_SIZE_AT = 16;
const JPEG_START = 0xffd8;
/** ITU-T T.81, table B.1: SOF0 to SOF15, less DHT, JPG and DAC. */
const isFrame = (marker: number) =>
  marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
/** A marker without a segment: TEM, RST0 to RST7. */
const standsAlone = (marker: number) => marker === 0x01 || (marker >= 0xd0 && marker <= 0xd7);

export function imageSizeOf(bytes: Buffer): ImageSize | undefined {
  if (bytes.subarray(0, PNG_SIGNATURE.length).equals(PNG_SIGNATURE)) return pngSize(bytes);
  return bytes.length > 2 && bytes.readUInt16BE(0) === JPEG_START ? jpegSize(bytes) : undefined;
}

function pngSize(bytes: Buffer): ImageSize | undefined {
  if (bytes.length < PNG_SIZE_AT + 8 || bytes.toString('latin1', 12, PNG_SIZE_AT) !== 'IHDR')
    return undefined;
  return { widthPx: bytes.readUInt32BE(PNG_SIZE_AT), heightPx: bytes.readUInt32BE(PNG_SIZE_AT + 4) };
}

function jpegSize(bytes: Buffer): ImageSize | undefined {
  let at = 2;
  while (at + 9 <= bytes.length) {
    if (bytes[at] !== 0xff) return undefined;
    const marker = bytes[at + 1]!;
    if (marker === 0xff) at += 1;
    else if (standsAlone(marker)) at += 2;
    else if (isFrame(marker))
      return { widthPx: bytes.readUInt16BE(at + 7), heightPx: bytes.readUInt16BE(at + 5) };
    else at += 2 + Math.max(2, bytes.readUInt16BE(at + 2));
  }
  return undefined;
}
