// Small programs that must print the same on the Node environment and on the real interpreter. `TCP` and `UDP` are
// replaced by the ports of the test's loopback servers, which answer as conformance.test.ts says.

export interface ConformanceCase {
  title: string;
  /** Runs as a file's text; what it prints is compared. It must print `DONE` last, at once or later. */
  program: string;
}

// biome-ignore format: a table
const missing = [
  'typeof Map', 'typeof Set', 'typeof WeakMap', 'typeof Symbol', 'typeof Proxy', 'typeof Reflect',
  'typeof BigInt', 'typeof TextEncoder', 'typeof Intl', 'typeof queueMicrotask', 'typeof structuredClone',
  'typeof Math.trunc', 'typeof Math.imul', 'typeof Math.hypot', 'typeof Math.clz32', 'typeof [].flat',
  'typeof [].at', 'typeof [].lastIndexOf', 'typeof "".at', 'typeof "".codePointAt', 'typeof "".trimEnd',
  'typeof Object.freeze', 'typeof Number.isInteger', 'typeof Uint8Array.from', 'typeof Date.UTC',
  'typeof new Uint8Array(1).at', 'typeof Promise.race', 'typeof Promise.resolve().finally',
];

// biome-ignore format: a table
const present = [
  'typeof globalThis', 'typeof global', 'typeof Promise', 'typeof JSON.parse', 'typeof [].findIndex',
  'typeof "".replaceAll', 'typeof "".padStart', 'typeof Object.fromEntries', 'typeof Math.sign',
  'typeof E.CRC32', 'typeof print', 'typeof getTime', 'typeof setWatch', 'typeof clearWatch',
  'typeof changeInterval', 'typeof load', 'typeof process.memory', 'typeof process.env', 'typeof atob',
  'typeof btoa', 'typeof digitalWrite', 'typeof E.mapInPlace', 'typeof E.lockConsole',
  'typeof E.setPassword', 'typeof E.enableWatchdog', 'typeof E.getErrorFlags', 'typeof E.toUint8Array',
  'typeof E.reboot', 'typeof require("Storage").getStats',
];

const list = (expressions: string[]) =>
  `${expressions.map((code) => `print(${JSON.stringify(code)}+"="+(${code}));`).join('\n')}\nprint("DONE");`;

const HEX =
  'function hex(b){var s="";b=new Uint8Array(b);for(var i=0;i<b.length;i++)s+=(b[i]+256).toString(16).substr(1);return s;}\n';
const IMAGE =
  '{width:13,height:5,bpp:1,buffer:new Uint8Array([0xA5,0x3C,0xFF,0x00,0x81,0x7E,0x55,0xAA,0x80]).buffer}';

export const CASES: ConformanceCase[] = [
  { title: 'what a board lacks is missing', program: list(missing) },
  { title: 'what the firmware uses is there', program: list(present) },
  {
    title: 'text is escaped in JSON so that only printable ASCII travels',
    program: `print(JSON.stringify({a:"\\u8bc4\\n\\u0001\\u00e9\\u007f\\"\\\\/",b:[1,null,true,1.5],c:undefined,d:new Uint8Array([1,255])}));
print(JSON.stringify("\\b\\t\\f\\r"));print(JSON.stringify(JSON.parse('{"x":[1,{"y":"z"}],"n":-2e3}')));print("DONE");`,
  },
  {
    title: 'bytes survive base64 both ways',
    program: `var s="";for(var i=0;i<256;i++)s+=String.fromCharCode(i);var b=btoa(s);print(b);print(atob(b)==s,atob("AP8=").charCodeAt(1));print("DONE");`,
  },
  {
    title: 'checksums and hashes are the same',
    program: `${HEX}print(E.CRC32("123456789"),E.CRC32(new Uint8Array([0,255,128])),E.CRC32(""));
print(hex(require("crypto").SHA256("abc")));print(hex(require("crypto").SHA256(new Uint8Array(200))));print(require("crypto").SHA256("") instanceof ArrayBuffer);print("DONE");`,
  },
  {
    title: 'conversions between text and bytes are the same',
    program: `${HEX}print(hex(E.toUint8Array("a\\xff",[1,2,[3]],{data:7,count:3})));print(E.toString([72,105])=="Hi",E.toArrayBuffer("xyz").byteLength);
var o=new Uint8Array(8);E.mapInPlace(new Uint8Array([0xA5]),o,[10,20],1);print(hex(o));
o=new Uint8Array(4);E.mapInPlace(new Uint8Array([0x1B]),o,undefined,2);print(hex(o));print("DONE");`,
  },
  {
    title: 'heatshrink gives back what was packed',
    program: `${HEX}var d=new Uint8Array(2500);for(var i=0;i<d.length;i++)d[i]=(i*i>>5)&(i%7?255:15);
var z=require("heatshrink").compress(d);var u=new Uint8Array(require("heatshrink").decompress(z));
var same=u.length==d.length;for(var i=0;i<d.length;i++)if(u[i]!=d[i])same=false;print(same,z instanceof ArrayBuffer);print("DONE");`,
  },
  {
    title: 'flash writing clears bits only and erasing sets a whole page',
    program: `${HEX}var F=require("Flash"),a=F.getFree()[0].addr+0x30000;require("Storage").write("first","x");
F.erasePage(a);F.write(new Uint8Array([0xF0,0xFF,0x0F]),a);F.write(new Uint8Array([0x3C,0xAA,0xFF]),a);
print(hex(F.read(4,a)));print(JSON.stringify(F.getPage(a+5)),F.getPage(1)===undefined);
F.write("AB",a+1021);print(hex(F.read(6,a+1020)));F.erasePage(a+1023);print(hex(F.read(6,a+1020)));print(F.read(2,5)[0],F.read(0,a));print("DONE");`,
  },
  {
    title: 'Storage keeps, lists, overwrites and erases files',
    program: `var S=require("Storage");print(S.write("b","hello"),S.write("c",new Uint8Array([1,2,255])));
print(S.read("b"),S.read("b",1,3),S.read("none")===undefined,new Uint8Array(S.readArrayBuffer("c"))[2]);
print(JSON.stringify(S.getStats()),S.getFree());print(S.write("b","again"),S.read("b"));S.write("j",{a:1});print(JSON.stringify(S.readJSON("j")));
print(S.write("p","ab",0,6),S.write("p","cd",2),JSON.stringify(S.read("p")));S.erase("c");
print(JSON.stringify(S.list().sort()),JSON.stringify(S.list(/^b/)));
function tried(f){try{print(f());}catch(e){print(e.message);}}
tried(function(){return S.write("big",new Uint8Array(5),0,10000000);});tried(function(){return S.write("none",[1],4);});tried(function(){return S.write("p","zz",4);});
tried(function(){return S.write("p","q",1);});tried(function(){return S.write("p","long",4);});tried(function(){return S.write("e","");});print("DONE");`,
  },
  {
    title: 'rectangles fill the same bits of a one-bit picture, also beyond its edges',
    program: `${HEX}var g=Graphics.createArrayBuffer(21,6,1,{msb:true});g.fillRect(-3,1,9,2).setColor(0).fillRect(4,2,4,5).setColor(1).fillRect(30,5,18,4);
print(hex(g.buffer));print(g.getPixel(9,1),g.getPixel(10,1),g.getPixel(-1,0),g.getPixel(99,0));
g.setBgColor(1).clear();print(hex(g.buffer));g.clear(1);print(hex(g.buffer));
var l=Graphics.createArrayBuffer(21,3,1,{msb:false});l.fillRect(2,0,11,1).setPixel(20,2);print(hex(l.buffer));g.drawRect(2,1,12,4);print(hex(g.buffer));print("DONE");`,
  },
  {
    title: 'colours of a 16-bit strip have the same bytes in both byte orders',
    program: `${HEX}var g=Graphics.createArrayBuffer(4,2,16,{msb:true});g.setColor(0x1234).fillRect(0,0,0,0).setColor(1,0,0).fillRect(1,0,1,0).setColor("#0f0").fillRect(2,0,2,0).setColor("#8040c0").fillRect(3,0,3,0).setColor(-1).fillRect(0,1,0,1).setColor(0.5,0.25,0.1).setPixel(1,1);
print(hex(g.buffer),g.getPixel(0,0),g.getColor());var l=Graphics.createArrayBuffer(4,1,16,{msb:false});l.setColor(0x1234).fillRect(0,0,1,0);print(hex(l.buffer),l.getPixel(0,0));
print(g.getWidth(),g.getHeight(),g.getBPP());print("DONE");`,
  },
  {
    title: 'pictures are drawn to the same pixels, also half outside, transparent and with a palette',
    program: `${HEX}var im=${IMAGE};var g=Graphics.createArrayBuffer(20,8,1,{msb:true});
[[0,0],[3,2],[-4,-2],[15,6],[-20,0],[0,9]].forEach(function(p){g.clear(1);g.drawImage(im,p[0],p[1]);print(hex(g.buffer));});
var s=Graphics.createArrayBuffer(12,4,16,{msb:true});s.setColor(0xF81F).setBgColor(0x07E0).drawImage(im,-3,-1);print(hex(s.buffer));
im.transparent=0;s.setBgColor(0).clear().setColor(0xFFFF).drawImage(im,1,1);print(hex(s.buffer));
im.palette=new Uint16Array([0x1111,0x2222]);delete im.transparent;s.clear(1).drawImage(im,-1,-2);print(hex(s.buffer));
s.clear(1).drawImage({width:2,height:2,bpp:16,buffer:new Uint8Array([1,2,3,4,5,6,7,8]).buffer},1,1);print(hex(s.buffer));
s.clear(1).setClipRect(2,1,5,2).drawImage(${IMAGE},0,0);print(hex(s.buffer));print("DONE");`,
  },
  {
    title: 'timers run in the order of their times and stop when told',
    program: `var n=0,id=setInterval(function(){print("every",++n);if(n==3){clearInterval(id);changed();}},200);
setTimeout(function(a,b){print("later",a,b);},1100,"x",2);setTimeout(function(){print("soon");},5);var gone=setTimeout(function(){print("never");},10);clearTimeout(gone);
function changed(){var i=setInterval(function(){clearInterval(i);print("changed");setTimeout(function(){print("DONE");},1000);},5000);changeInterval(i,1);}`,
  },
  {
    title: 'the id of the newest timer is given again once it is gone, and only then',
    program: `var f=function(){};var a=setTimeout(f,9000),b=setTimeout(f,9000);clearTimeout(b);var c=setTimeout(f,9000);print(b-a,c-a);clearTimeout(a);print(setTimeout(f,9000)-a);
var g=setTimeout(function(){var h=setTimeout(f,9000);print(h-g);clearTimeout(h);clearTimeout(g);var k=setTimeout(f,9000);print(k-g);clearTimeout(k);},200);
setTimeout(function(){var m=setTimeout(function(){setTimeout(function(){print(setTimeout(f,9000)-m);print("DONE");},200);},200);},600);`,
  },
  {
    title: 'an uncaught error is told and the timers go on',
    program: `setTimeout(function(){print("still here");print("DONE");},600);setTimeout(function(){throw new Error("broken");},5);`,
  },
  {
    title: 'events are queued and run in the order they were given',
    program: `var o={};o.on("a",function(x){print("one",x);});o.on("a",function(x){print("two",x);});o.emit("a",5);print("first");
Promise.resolve(7).then(function(v){print("promise",v);return Promise.resolve(8);}).then(function(v){print(v);throw 9;}).catch(function(e){print("caught",e);o.removeAllListeners("a");o.emit("a",6);setTimeout(function(){print("DONE");},5);});`,
  },
  {
    title: 'dates are told alike once the clock is set',
    program: `var d=new Date(1700000000123);print(d.toISOString(),d.getTime(),d.getHours(),d.getDay(),d.toString());print(new Date(2024,1,29,12,30,15).getTime(),new Date("2024-02-29T12:30:15.250Z").getTime(),new Date("2024-02-29T12:30:15").getTime(),Date.parse("2024-02-29T00:00:00Z"));print(new Date(0).getTimezoneOffset(),new Date(1700000000123).valueOf(),JSON.stringify(new Date(0)));print("DONE");`,
  },
  {
    title: 'a socket carries every byte value in pieces of at most 536 and ends in order',
    program: `var got="",big=0,s="";for(var i=0;i<2000;i++)s+=String.fromCharCode(i&255);
var k=require("net").connect({host:"127.0.0.1",port:TCP},function(c){print("connected",c===k,c.write(s));});
k.on("data",function(d){if(d.length>536)big++;got+=d;if(got.length>=2003)setTimeout(function(){print("echo",got.length,got.substr(0,2000)==s,got.substr(2000),big);k.write("bye");},20);});
var drained=false;k.on("drain",function(){if(!drained)print("drain");drained=true;});
k.on("error",function(e){print("error",e.code);});k.on("end",function(){print("end");});k.on("close",function(h){print("close",h);try{k.write("x");}catch(e){print(e.message);}print("DONE");});`,
  },
  {
    title: 'ending a socket sends what was written first',
    program: `var k=require("net").connect({host:"127.0.0.1",port:TCP},function(c){c.write("last words");c.end();});k.on("close",function(h){print("close",h);print("DONE");});`,
  },
  {
    title: 'a datagram is answered with its sender known',
    program: `var u=require("dgram").createSocket("udp4");u.on("message",function(m,r){print(JSON.stringify(m),r.address,r.port==UDP,r.size);u.close();});
u.on("close",function(h){print("closed",h);print("DONE");});u.send("ping\\xff",UDP,"127.0.0.1");`,
  },
  {
    title: 'regular expressions, classes and getters work alike',
    program: `class A{static make(){return new A();}constructor(){this.v=3;}get w(){return this.v*2;}}class B extends A{get w(){return super.w+1;}}
print(A.make().w,new B().w,/^PJ(\\d+)/.exec("PJ12 x")[1],"a-b-c".split("-").length,"abc".replace(/b/,"X"),[3,1,2].sort().join(),Object.keys({a:1,b:2}).join());
print(typeof (null ?? 5),"5".padStart(3,"0"),(255).toString(16),(1.005).toFixed(2),parseInt("12px"),[1,2,3].includes(2),isNaN(NaN));print("DONE");`,
  },
];
