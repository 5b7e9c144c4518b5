// Text in the open tab that stands out too little from what lies behind it, by WCAG 2.2 (1.4.3, AA): 4.5 to 1, and 3 to 1
// where it is large. Text in a drawing is held against the shape beneath its middle.

const channels = (colour) => {
  const context = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  context.fillStyle = colour;
  context.fillRect(0, 0, 1, 1);
  return [...context.getImageData(0, 0, 1, 1).data];
};
const luminance = ([red, green, blue]) => {
  const [r, g, b] = [red, green, blue].map((value) => value / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const ratio = (one, other) => {
  const [dark, light] = [luminance(one), luminance(other)].toSorted((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
};
const ground = (node) => {
  for (let at = node; at; at = at.parentElement) {
    const colour = channels(getComputedStyle(at).backgroundColor);
    if (colour[3] === 255) return colour;
  }
  return [255, 255, 255, 255];
};
const beneath = (node) => {
  const box = node.getBoundingClientRect();
  const shapes = document.elementsFromPoint(box.x + box.width / 2, box.y + box.height / 2);
  const shape = shapes.find((at) => at.tagName === "path" && getComputedStyle(at).fill !== "none" && getComputedStyle(at).fillOpacity !== "0");
  return shape ? channels(getComputedStyle(shape).fill) : ground(node);
};

const faint = [];
let seen = 0;
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walker.nextNode()) {
  const node = walker.currentNode.parentElement;
  if (!walker.currentNode.textContent.trim() || !node.checkVisibility() || node.closest("script, style, noscript, .sr")) continue;
  const style = getComputedStyle(node);
  const drawn = node.closest("svg");
  const found = drawn ? ratio(channels(style.fill), beneath(node)) : ratio(channels(style.color), ground(node));
  const size = parseFloat(style.fontSize);
  const needed = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700) ? 3 : 4.5;
  seen += 1;
  if (found < needed) faint.push(`${walker.currentNode.textContent.trim().slice(0, 30)}: ${found.toFixed(2)}`);
}
const style = getComputedStyle(document.documentElement);
for (let place = 1; place <= 8; place += 1) {
  const found = ratio(channels(style.getPropertyValue(`--series-${place}`)), channels(style.getPropertyValue("--card")));
  if (found < 3) faint.push(`series ${place}: ${found.toFixed(2)}`);
}
return { seen, faint };
