// What the interpreter has: its globals, the members of its built-in objects, and the methods of the language
// that it lacks. Measured on the real interpreter; the tests ask it again where ESPRUINO names one.

/** On every board. */
export const GLOBALS = [
  ...['E', 'require', 'process', 'print', 'console', 'global', 'globalThis', 'eval', 'arguments', 'load'],
  ...['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'getTime', 'setTime'],
  ...['setWatch', 'clearWatch', 'digitalWrite', 'digitalRead', 'digitalPulse', 'analogWrite', 'pinMode'],
  ...['Math', 'JSON', 'Object', 'Array', 'String', 'Number', 'Boolean', 'Date', 'Promise', 'RegExp'],
  ...['Error', 'TypeError', 'ReferenceError', 'SyntaxError', 'Function', 'Graphics', 'Pin', 'SPI'],
  ...['ArrayBuffer', 'DataView', 'Uint8Array', 'Int8Array', 'Uint16Array', 'Int16Array', 'Uint32Array'],
  ...['Int32Array', 'Float32Array', 'Float64Array', 'Uint8ClampedArray'],
  ...['parseInt', 'parseFloat', 'isNaN', 'isFinite', 'btoa', 'atob', 'NaN', 'Infinity'],
];

/** On boards that have the part: SPI1, pins D0 to D39. */
export const BOARD_GLOBALS = /^(SPI[12]|Serial[123]|I2C[12]|D\d{1,2})$/;

export const STATIC_MEMBERS: Record<string, string[]> = {
  Math: [
    ...[
      'E',
      'PI',
      'LN2',
      'LN10',
      'LOG2E',
      'LOG10E',
      'SQRT2',
      'SQRT1_2',
      'abs',
      'acos',
      'asin',
      'atan',
      'atan2',
    ],
    ...[
      'ceil',
      'cos',
      'exp',
      'floor',
      'log',
      'max',
      'min',
      'pow',
      'random',
      'round',
      'sign',
      'sin',
      'sqrt',
      'tan',
    ],
  ],
  Object: [
    'assign',
    'create',
    'defineProperty',
    'entries',
    'fromEntries',
    'keys',
    'values',
    'getPrototypeOf',
  ],
  Array: ['isArray'],
  String: ['fromCharCode'],
  Number: ['MAX_VALUE', 'MIN_VALUE', 'NEGATIVE_INFINITY', 'POSITIVE_INFINITY', 'NaN'],
  JSON: ['parse', 'stringify'],
  Date: ['now', 'parse'],
  Promise: ['all', 'resolve', 'reject'],
  Uint8Array: ['prototype'],
  ArrayBuffer: ['prototype'],
};

/** Methods of arrays, strings, numbers and promises that the interpreter lacks. */
export const MISSING_METHODS = [
  ...['at', 'flat', 'flatMap', 'findLast', 'findLastIndex', 'copyWithin', 'reduceRight'],
  ...[
    'toSorted',
    'toReversed',
    'toSpliced',
    'codePointAt',
    'normalize',
    'matchAll',
    'search',
    'localeCompare',
  ],
  ...['trimStart', 'trimEnd', 'toPrecision', 'toExponential', 'finally', 'toLocaleString'],
];
