// Which bitmap of a slot's file `assets` is which, by number. Texts have two: Chinese first, then English. The build draws
// them in this order from scripts/firmware/asset-texts.ts; a test compares the two.

/** Texts: the number of the Chinese bitmap; the English one follows. */
export const TEXT_PROMPT = 0;
export const TEXT_CHANGE = 2;
export const TEXT_THANKS = 4;
export const TEXT_KEPT = 6;
export const TEXT_PAUSED = 8;
export const TEXT_WAIT = 10;
export const TEXT_FULL = 12;
export const TEXT_TELL_STAFF = 14;
export const TEXT_FAULT = 16;
export const TEXT_FAULT_FLASH = 18;
export const TEXT_FAULT_START = 20;
export const TEXT_UNPROVISIONED = 22;
export const TEXT_PROVISION = 24;
export const TEXT_ONLINE = 26;
export const TEXT_OFFLINE = 28;
export const TEXT_NO_LINK = 30;
export const TEXT_NO_GATEWAY = 32;
export const TEXT_REFUSED = 34;
export const TEXT_CONNECTING = 36;
export const TEXT_STILL_TAKEN = 38;
export const TEXT_NEARLY_FULL = 40;
export const TEXT_NOBODY = 42;
export const TEXT_TITLE = 44;
export const TEXT_WINDOW_SERVICE = 46;
/** All five options, 320×88, faces and labels in columns of 64, level 5 first. */
export const TEXT_OPTIONS = 48;
/** One option's column, 64×88; level 5 first. */
export const TEXT_OPTION_5 = 50;
/** Days of the week, Sunday first. */
export const TEXT_SUNDAY = 60;

/** Key numbers under the options, 320×24. */
export const PILLS = 74;
/** The mark of the chosen key, 64×24. */
export const TICK = 75;
export const ICON_DONE = 76;
export const ICON_PAUSE = 77;
export const ICON_WARNING = 78;
export const ICON_SETUP = 79;
/** Digits 0–9, dash, colon: 48×64 for the clock, 16×24 for the date. */
export const CLOCK_0 = 80;
export const CLOCK_DASH = 90;
export const CLOCK_COLON = 91;
export const DIGIT_0 = 92;
export const DIGIT_DASH = 102;
/** A text like those above. */
export const TEXT_CODE = 103;

export const TEXT_REASONS = 105;
export const TEXT_NO_WIFI = 107;
export const TEXT_WIFI_PASSWORD = 109;
export const TEXT_NO_CLOCK = 111;

/** The mark of a reason, 24×24. */
export const TICK_SMALL = 113;

/** The name of a level as a text like those above, in one line; level 5 first. */
export const TEXT_LEVEL_5 = 114;

/** Before the digits of the access point's name; how to open the set-up page. */
export const TEXT_SETUP_JOIN = 124;
export const TEXT_SETUP_OPEN = 126;

export const ASSET_COUNT = 128;

/** The file: 'PJA', version, count; then for each width/8, height, offset (2 bytes), length (2 bytes). */
export const ASSET_MAGIC = 'PJA\x01';
export const ASSET_HEADER_BYTES = 5;
export const ASSET_ENTRY_BYTES = 6;
