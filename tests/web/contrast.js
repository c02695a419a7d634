// Texts on the page with a contrast below WCAG AA: 4.5, large ones 3.
function parts(colour) {
  var n = (colour.match(/-?[\d.]+(e-?\d+)?/g) || []).map(Number);
  if (colour.startsWith("color(")) n = n.slice(0, 3).map(v => v * 255).concat(n.slice(3));
  return { rgb: n.slice(0, 3), alpha: n.length > 3 ? n[3] : 1 };
}
function over(top, below) {
  return below.map((v, i) => top.rgb[i] * top.alpha + v * (1 - top.alpha));
}
function behind(at) {
  var layers = [];
  for (; at; at = at.parentElement) layers.unshift(parts(getComputedStyle(at).backgroundColor));
  return layers.reduce((below, layer) => over(layer, below), [255, 255, 255]);
}
function light(rgb) {
  var [r, g, b] = rgb.map(v => v / 255).map(v => v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
  return .2126 * r + .7152 * g + .0722 * b;
}
return [...document.querySelectorAll("body *")].filter(at =>
  !at.closest("title, script, style, noscript, .inside") && at.getClientRects().length &&
  [...at.childNodes].some(node => node.nodeType === 3 && node.data.trim())
).map(at => {
  var style = getComputedStyle(at), back = behind(at);
  var ink = over(parts(at.closest("svg") ? style.fill : style.color), back);
  var [low, high] = [light(ink), light(back)].sort((a, b) => a - b);
  var size = parseFloat(style.fontSize), large = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
  return { ratio: (high + .05) / (low + .05), want: large ? 3 : 4.5, text: at.textContent.trim().slice(0, 40) };
}).filter(row => row.ratio < row.want).map(row => row.ratio.toFixed(2) + " " + row.text);
