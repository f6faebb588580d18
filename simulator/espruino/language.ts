// What of ECMAScript's built-in objects a real Espruino has, from the interpreter's own tables (2v29). All else
// is removed from a device's context, so that code a board would refuse fails here too. Syntax is not checked
// here: the firmware's build refuses what Espruino cannot parse.

// biome-ignore format: a table
/** Built-in globals that stay; the rest of the standard ones go. */
export const GLOBALS = [
  'Array', 'ArrayBuffer', 'Boolean', 'DataView', 'Error', 'Float32Array', 'Float64Array', 'Function',
  'Infinity', 'Int16Array', 'Int32Array', 'Int8Array', 'JSON', 'Math', 'NaN', 'Number', 'Object',
  'ReferenceError', 'RegExp', 'String', 'SyntaxError', 'TypeError', 'Uint16Array', 'Uint32Array',
  'Uint8Array', 'Uint8ClampedArray', 'decodeURIComponent', 'encodeURIComponent', 'eval', 'globalThis',
  'isFinite', 'isNaN', 'parseFloat', 'parseInt', 'undefined', 'Date',
];

// biome-ignore format: a table
const TYPED_ARRAY = [
  'every', 'fill', 'filter', 'find', 'findIndex', 'forEach', 'includes', 'indexOf', 'join', 'map',
  'reduce', 'reverse', 'set', 'slice', 'some', 'sort', 'subarray', 'buffer', 'byteLength', 'byteOffset',
  'length', 'toString',
];

// biome-ignore format: a table
/** Members that stay, by the path of the object that has them. Those it inherits are listed where they are. */
export const MEMBERS: Record<string, string[]> = {
  Object: [
    'assign', 'create', 'defineProperties', 'defineProperty', 'entries', 'fromEntries',
    'getOwnPropertyDescriptor', 'getOwnPropertyDescriptors', 'getOwnPropertyNames', 'getPrototypeOf',
    'keys', 'setPrototypeOf', 'values',
  ],
  'Object.prototype': ['hasOwnProperty', 'toString', 'valueOf', '__proto__'],
  Array: ['isArray'],
  'Array.prototype': [
    'concat', 'every', 'fill', 'filter', 'find', 'findIndex', 'forEach', 'includes', 'indexOf', 'join',
    'length', 'map', 'pop', 'push', 'reduce', 'reverse', 'shift', 'slice', 'some', 'sort', 'splice',
    'toString', 'unshift',
  ],
  String: ['fromCharCode'],
  'String.prototype': [
    'charAt', 'charCodeAt', 'concat', 'endsWith', 'includes', 'indexOf', 'lastIndexOf', 'length', 'match',
    'padEnd', 'padStart', 'repeat', 'replace', 'replaceAll', 'slice', 'split', 'startsWith', 'substr',
    'substring', 'toLowerCase', 'toString', 'toUpperCase', 'trim', 'valueOf',
  ],
  Number: ['MAX_VALUE', 'MIN_VALUE', 'NEGATIVE_INFINITY', 'NaN', 'POSITIVE_INFINITY'],
  'Number.prototype': ['toFixed', 'toString', 'valueOf'],
  Math: [
    'E', 'LN10', 'LN2', 'LOG10E', 'LOG2E', 'PI', 'SQRT1_2', 'SQRT2', 'abs', 'acos', 'asin', 'atan',
    'atan2', 'ceil', 'cos', 'exp', 'floor', 'log', 'max', 'min', 'pow', 'random', 'round', 'sign', 'sin',
    'sqrt', 'tan',
  ],
  ArrayBuffer: [],
  'ArrayBuffer.prototype': ['byteLength'],
  'DataView.prototype': [
    'buffer', 'byteLength', 'byteOffset', 'getFloat32', 'getFloat64', 'getInt16', 'getInt32', 'getInt8',
    'getUint16', 'getUint32', 'getUint8', 'setFloat32', 'setFloat64', 'setInt16', 'setInt32', 'setInt8',
    'setUint16', 'setUint32', 'setUint8',
  ],
  TypedArray: [],
  'TypedArray.prototype': TYPED_ARRAY,
  'Function.prototype': ['apply', 'bind', 'call', 'length', 'name', 'toString'],
  Date: ['now', 'parse'],
  'Date.prototype': [
    'getDate', 'getDay', 'getFullYear', 'getHours', 'getMilliseconds', 'getMinutes', 'getMonth',
    'getSeconds', 'getTime', 'getTimezoneOffset', 'getUTCDate', 'getUTCDay', 'getUTCFullYear',
    'getUTCHours', 'getUTCMilliseconds', 'getUTCMinutes', 'getUTCMonth', 'getUTCSeconds', 'setDate',
    'setFullYear', 'setHours', 'setMilliseconds', 'setMinutes', 'setMonth', 'setSeconds', 'setTime',
    'toISOString', 'toJSON', 'toString', 'toUTCString', 'valueOf',
  ],
};
