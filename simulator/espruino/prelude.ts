// Source text that runs first in every device's context: it takes away what Espruino lacks, and makes in the
// context's own JavaScript what differs there (events on every object, Promise, Date, JSON). It is given `host`
// (nowMs, post, globals, members) and returns `{emit}`. Plain ES2020, never transformed.

export const PRELUDE = String.raw`(function (host) {
  'use strict';
  const { getOwnPropertyNames, getOwnPropertyDescriptor, defineProperty, getPrototypeOf } = Object;
  const RealDate = Date;
  const stringify = JSON.stringify;
  const hide = (object, name, value) =>
    defineProperty(object, name, { value, writable: true, configurable: true, enumerable: false });

  // --- what Espruino does not have
  const typedArray = getPrototypeOf(Uint8Array);
  const utc = {};
  for (const name of getOwnPropertyNames(RealDate.prototype)) utc[name] = RealDate.prototype[name];
  const dateUTC = RealDate.UTC;
  const toLocalISO = RealDate.prototype.toISOString;
  for (const path of Object.keys(host.members)) {
    const keep = host.members[path];
    const object = path.split('.').reduce((o, part) => (part === 'TypedArray' ? typedArray : o[part]), globalThis);
    for (const name of getOwnPropertyNames(object)) {
      const fixed = !getOwnPropertyDescriptor(object, name).configurable;
      if (!fixed && !keep.includes(name) && !['constructor', 'length', 'name'].includes(name)) delete object[name];
    }
  }
  for (const name of getOwnPropertyNames(globalThis)) if (!host.globals.includes(name)) delete globalThis[name];
  globalThis.global = globalThis;

  // --- events: every object has on/emit, kept in hidden fields as Espruino does
  const fields = Object.create(null);
  const field = (name) => fields[name] || (fields[name] = '#on' + name);
  const listeners = (object, name) => {
    const found = Object.prototype.hasOwnProperty.call(object, field(name)) ? object[field(name)] : undefined;
    return found === undefined ? [] : found;
  };
  function on(name, listener) {
    if (typeof listener !== 'function') throw new TypeError('Second argument to .on is not a function');
    hide(this, field(name), listeners(this, name).concat([listener]));
    host.listening(this, String(name));
  }
  function emit(name) {
    const found = listeners(this, name);
    if (found.length === 0) return;
    const args = Array.prototype.slice.call(arguments, 1);
    for (const listener of found) host.post(() => listener.apply(this, args));
  }
  hide(Object.prototype, 'on', on);
  hide(Object.prototype, 'addListener', on);
  hide(Object.prototype, 'prependListener', function (name, listener) {
    hide(this, field(name), [listener].concat(listeners(this, name)));
  });
  hide(Object.prototype, 'emit', emit);
  hide(Object.prototype, 'removeListener', function (name, listener) {
    hide(this, field(name), listeners(this, name).filter((other) => other !== listener));
  });
  hide(Object.prototype, 'removeAllListeners', function (name) {
    for (const key of getOwnPropertyNames(this))
      if (key.startsWith('#on') && (name === undefined || key === field(name))) delete this[key];
  });
  hide(Object.prototype, 'clone', function () { return Object.assign(Array.isArray(this) ? [] : {}, this); });

  // --- JSON: everything outside printable ASCII is escaped
  const escapeOne = (char) => '\\u' + char.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0');
  JSON.stringify = function (value, replacer, space) {
    if (value === undefined) return undefined;
    if (replacer !== undefined && replacer !== null) throw new Error('JSON.stringify: replacer is not supported');
    const text = stringify(value, undefined, space);
    return text === undefined ? text : text.replace(/[\u007f-\uffff]/g, escapeOne)
      .replace(/\\u[0-9a-f]{4}/g, (escape) => '\\u' + escape.slice(2).toUpperCase());
  };
  hide(typedArray.prototype, 'toJSON', function () { return Array.prototype.slice.call(this); });

  // --- Date and the device's clock: UTC, starting where the host says
  class DeviceDate extends RealDate {
    constructor(...parts) {
      if (parts.length === 0) super(host.nowMs());
      else if (parts.length === 1) super(typeof parts[0] === 'string' ? parseUTC(parts[0]) : parts[0]);
      else super(dateUTC(...parts));
    }
    getIsDST() { return false; }
    toLocalISOString() { return toLocalISO.call(this).replace('Z', '+0000'); }
    toString() {
      const day = utc.toUTCString.call(this).replace(/(\w+), (\d+) (\w+) (\d+) ([\d:]+) GMT/, (all, week, date, month, year, time) =>
        week + ' ' + month + ' ' + Number(date) + ' ' + year + ' ' + time);
      return day + ' GMT+0000';
    }
  }
  const parseUTC = (text) => {
    const zoned = /(Z|[+-]\d\d:?\d\d|GMT.*)$/.test(text);
    return RealDate.parse(zoned ? text : /T/.test(text) ? text + 'Z' : text + ' GMT');
  };
  for (const name of ['FullYear', 'Month', 'Date', 'Day', 'Hours', 'Minutes', 'Seconds', 'Milliseconds']) {
    hide(DeviceDate.prototype, 'get' + name, function () { return utc['getUTC' + name].call(this); });
    if (name !== 'Day') hide(DeviceDate.prototype, 'set' + name, function (...parts) { return utc['setUTC' + name].apply(this, parts); });
  }
  hide(DeviceDate.prototype, 'getTimezoneOffset', () => 0);
  hide(DeviceDate, 'now', () => host.nowMs());
  hide(DeviceDate, 'parse', parseUTC);
  hide(globalThis, 'Date', DeviceDate);

  // --- Promise: reactions are jobs of the device's loop
  class EspruinoPromise {
    constructor(executor) {
      hide(this, 'state', { done: false, failed: false, value: undefined, waiting: [] });
      try { executor((value) => settle(this, false, value), (error) => settle(this, true, error)); }
      catch (error) { settle(this, true, error); }
    }
    then(onValue, onError) {
      return new EspruinoPromise((resolve, reject) => {
        const react = () => {
          const { failed, value } = this.state;
          const handler = failed ? onError : onValue;
          if (typeof handler !== 'function') { (failed ? reject : resolve)(value); return; }
          try { resolve(handler(value)); } catch (error) { reject(error); }
        };
        if (this.state.done) host.post(react); else this.state.waiting.push(react);
      });
    }
    catch(onError) { return this.then(undefined, onError); }
    static resolve(value) { return value instanceof EspruinoPromise ? value : new EspruinoPromise((resolve) => resolve(value)); }
    static reject(error) { return new EspruinoPromise((resolve, reject) => reject(error)); }
    static all(promises) {
      return new EspruinoPromise((resolve, reject) => {
        const values = []; let left = promises.length;
        if (left === 0) resolve(values);
        promises.forEach((promise, index) => EspruinoPromise.resolve(promise).then((value) => {
          values[index] = value; if (--left === 0) resolve(values);
        }, reject));
      });
    }
  }
  const settle = (promise, failed, value) => {
    if (promise.state.done || promise.state.locked) return;
    if (!failed && value && typeof value.then === 'function') {
      promise.state.locked = true;
      const unlock = (inner) => (result) => { promise.state.locked = false; settle(promise, inner, result); };
      value.then(unlock(false), unlock(true));
      return;
    }
    Object.assign(promise.state, { done: true, failed, value });
    for (const react of promise.state.waiting.splice(0)) host.post(react);
  };
  hide(globalThis, 'Promise', EspruinoPromise);
  class InternalError extends Error {}
  hide(globalThis, 'InternalError', InternalError);

  // --- small things only Espruino has
  hide(Math, 'clip', (value, low, high) => (value < low ? low : value > high ? high : value));
  hide(Math, 'wrap', (value, max) => { const rest = value % max; return rest < 0 ? rest + max : rest; });
  hide(Math, 'random', host.random);
  hide(Math, 'randInt', (range) => Math.floor(host.random() * (range === undefined ? 4294967296 : range)));
  return { emit: (object, name, args) => emit.apply(object, [name].concat(args)), count: (object, name) => listeners(object, name).length };
})`;
