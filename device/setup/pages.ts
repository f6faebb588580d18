// What the set-up page answers, in Chinese and English. ASCII with numbered characters, so that a byte is a character on the
// interpreter. Nothing that was received and nothing that is stored is in it.

export type Answer = 'saved' | 'wrong' | 'wait' | 'invalid' | 'room' | 'malformed' | 'missing';

function words(answer: Answer): string {
  switch (answer) {
    case 'saved':
      return '&#24050;&#20445;&#23384;&#65292;&#27491;&#22312;&#36830;&#25509;&#12290;&#36830;&#25509;&#25104;&#21151;&#21518;&#26412;&#28909;&#28857;&#33258;&#21160;&#20851;&#38381;&#65307;&#21542;&#21017;&#35831;&#30475;&#35774;&#22791;&#23631;&#24149;&#12290;<br>Saved. Once it works this access point closes; else see the screen.';
    case 'wrong':
      return '&#20195;&#30721;&#19981;&#23545;&#12290;<br>The code is wrong.';
    case 'wait':
      return '&#35831;&#31245;&#20505;&#20960;&#31186;&#20877;&#35797;&#12290;<br>Wait a few seconds, then try again.';
    case 'invalid':
      return '&#21517;&#31216;&#20026; 1 &#33267; 32 &#23383;&#33410;&#65307;&#23494;&#30721;&#20026;&#31354;&#65292;&#25110; 8 &#33267; 63 &#20010;&#23383;&#31526;&#12290;<br>A name has 1 to 32 bytes, a password none or 8 to 63 characters.';
    case 'room':
      return '&#35774;&#22791;&#23384;&#20648;&#31354;&#38388;&#19981;&#36275;&#65292;&#26410;&#20445;&#23384;&#12290;<br>No room left in the device: not saved.';
    case 'malformed':
      return '&#35831;&#27714;&#26080;&#25928;&#12290;<br>Not a valid request.';
    case 'missing':
      return '&#27809;&#26377;&#27492;&#39029;&#12290;<br>No such page.';
  }
}

function status(answer: Answer | 'form'): string {
  switch (answer) {
    case 'form':
    case 'saved':
      return '200 OK';
    case 'wrong':
      return '403 Forbidden';
    case 'wait':
      return '429 Too Many Requests';
    case 'missing':
      return '404 Not Found';
    case 'room':
      return '507 Insufficient Storage';
    default:
      return '400 Bad Request';
  }
}

const FORM =
  '<h1>&#35774;&#32622;&#26080;&#32447;&#32593;&#32476; Set up Wi-Fi</h1><form method=post accept-charset=utf-8>' +
  '<p>&#23631;&#24149;&#19978;&#30340;&#20195;&#30721; Code<br><input name=code inputmode=numeric maxlength=8 autocomplete=off>' +
  '<p>&#26080;&#32447;&#32593;&#32476;&#21517;&#31216; Wi-Fi<br><input name=name maxlength=32>' +
  '<p>&#26080;&#32447;&#23494;&#30721; Password<br><input name=password type=password maxlength=63 autocomplete=off>' +
  '<p><button>&#20445;&#23384; Save</button></form>';

export function respond(answer: Answer | 'form'): string {
  const inside = answer === 'form' ? FORM : `<p>${words(answer)}<p><a href=/>OK</a>`;
  const page = `<!doctype html><meta name=viewport content="width=device-width"><title>Wi-Fi</title>${inside}`;
  return (
    `HTTP/1.1 ${status(answer)}\r\nContent-Type: text/html\r\nContent-Length: ${page.length}\r\n` +
    `Cache-Control: no-store\r\nConnection: close\r\n\r\n${page}`
  );
}
