// A stand-in for a canvas context that writes SVG elements: for printing, and for saving a view as a file.

class SvgPen {
  constructor(width, height) {
    this.svg = SvgPen.make("svg", { viewBox: `0 0 ${width} ${height}`, width, height });
    this.globalAlpha = 1;
    this.dash = [];
    this.into = this.svg;
    this.ruler = document.createElement("canvas").getContext("2d");
  }

  static make(tag, attributes) {
    const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    return element;
  }

  add(tag, attributes) {
    const element = SvgPen.make(tag, attributes);
    if (this.globalAlpha < 1) element.setAttribute("opacity", this.globalAlpha);
    this.into.append(element);
    return element;
  }

  /** What `paint` adds stands together in a group. */
  within(attributes, paint) {
    const outer = this.into;
    this.into = this.add("g", attributes);
    paint();
    this.into = outer;
  }

  set font(value) {
    this.ruler.font = value;
    this.fontText = value;
  }

  measureText(text) { return this.ruler.measureText(text); }
  setLineDash(dash) { this.dash = dash; }
  beginPath() { this.path = ""; }
  moveTo(x, y) { this.to("M", x, y); }
  lineTo(x, y) { this.to("L", x, y); }
  closePath() { this.path += "Z"; }
  to(verb, x, y) {
    this.path += `${verb}${x} ${y}`;
    this.at = [x, y];
  }

  arcTo(x, y, nextX, nextY, radius) {
    const near = (px, py) => {
      const length = Math.hypot(px - x, py - y) || 1;
      return [x + ((px - x) * radius) / length, y + ((py - y) * radius) / length];
    };
    const [start, end] = [near(...this.at), near(nextX, nextY)];
    this.to("L", ...start);
    this.path += `Q${x} ${y} `;
    this.to("", ...end);
  }

  roundRect(x, y, w, h, r) {
    this.moveTo(x + r, y);
    this.arcTo(x + w, y, x + w, y + h, r);
    this.arcTo(x + w, y + h, x, y + h, r);
    this.arcTo(x, y + h, x, y, r);
    this.arcTo(x, y, x + w, y, r);
    this.closePath();
  }

  fill() { this.add("path", { d: this.path, fill: this.fillStyle }); }
  stroke() {
    const element = this.add("path", { d: this.path, fill: "none", stroke: this.strokeStyle, "stroke-width": this.lineWidth });
    if (this.dash.length) element.setAttribute("stroke-dasharray", this.dash.join(" "));
  }

  fillRect(x, y, width, height) { this.add("rect", { x, y, width, height, fill: this.fillStyle }); }
  fillPath(path, x, y, scale) {
    this.add("path", { d: path, fill: this.fillStyle, "fill-rule": "evenodd", transform: `translate(${x} ${y}) scale(${scale})` });
  }

  fillText(text, x, y) {
    const [, weight, size] = /^(\d+) ([\d.]+)px/.exec(this.fontText);
    const element = this.add("text", { x, y, fill: this.fillStyle, "font-size": size, "font-weight": weight, "dominant-baseline": "central" });
    element.setAttribute("font-family", FONT);
    element.textContent = text;
  }
}

/** A look with nothing dimmed and nothing stressed. */
const PLAIN = { faint: () => false, strong: () => false };

/** Paints a card with its badge. */
const paintWhole = (c, view, card) => {
  paintCard(c, card, view.nodes[card.key], {}, 1);
  if (view.badges.has(card.key)) paintBadge(c, card, view.badges.get(card.key), 1);
};

/** Paints a whole view, as it is open now. */
const paintAll = (c, view, scene) => {
  paintBehind(c, view, scene, PLAIN, 1);
  for (const card of scene.cards.values()) {
    if (c.within) c.within({ class: "card", "data-card": card.key }, () => paintWhole(c, view, card));
    else paintWhole(c, view, card);
  }
};

const svgOf = (view, scene) => {
  const pen = new SvgPen(scene.w, scene.h);
  paintAll(pen, view, scene);
  return pen.svg;
};
