// Pins of the ESP32-2432S028R ("CYD"), as its community lists them from the maker's schematic: PINS.md of
// github.com/witnessmenow/ESP32-Cheap-Yellow-Display. The wiring drawing is made from this file.

export const PANEL_PINS = { mosi: D13, miso: D12, sck: D14, select: D15, command: D2 };
/** Off until there is something to see. */
export const BACKLIGHT_PIN = D21;
export const TOUCH_PINS = { mosi: D32, miso: D39, sck: D25, select: D33, interrupt: D36 };
/** Red, green and blue at the back of the board; low is on. */
export const LIGHT_PINS = [D4, D16, D17];
/** Through the board's amplifier to the connector SPEAK. */
export const SPEAKER_PIN = D26;
/** On the connector CN1, to the serial input of a voice module, where there is one. */
export const VOICE_PIN = D27;
