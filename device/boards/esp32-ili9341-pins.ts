// Pins of the ESP32 module with ILI9341 panel, keys, lights and buzzer; the wiring drawing is made from this file.
// Chosen from the ESP32 datasheet, table "Pin Overview": no strapping pin drives a key; 34 to 39 are inputs without
// pull-up and stay free; 6 to 11 belong to the flash, 1 and 3 to the console.

export const KEY_PINS = [D32, D33, D25, D26, D27]; // level 1 to 5, to ground
export const LIGHT_PINS = [D16, D17, D21, D22, D4]; // level 1 to 5
export const BUZZER_PIN = D13;
export const PANEL_PINS = { mosi: D23, miso: D19, sck: D18, select: D5, command: D2, reset: D15 };
/** To the serial input of a voice module, where there is one. */
export const VOICE_PIN = D14;
