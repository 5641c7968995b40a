// Paints a scene. `c` is a canvas context, or anything with the same few methods (see svg.js).

const FONT = "system-ui, 'Segoe UI', 'Liberation Sans', 'DejaVu Sans', sans-serif";
const KINDS = {
  entry: ["Trigger", "M9 1L3 9h4l-1 6 7-9H8z"],
  call: ["Function", "M5 2L1 8l4 6h2L3.300 8 7 2zM11 2l4 6-4 6H9l3.700-6L9 2z"],
  external: ["Service", "M2 13L10 5H5V3h8.500v8.500h-2v-5l-8 8z"],
  store: ["Data store", "M2 2h12v3H2zM2 6.500h12v3H2zM2 11h12v3H2z"],
  decision: ["Decision", "M8 1l7 7-7 7-7-7zM8 4L4 8l4 4 4-4z"],
  one_of: ["One of", "M1 7h5l5-5h4v2h-3L8 8l4 4h3v2h-4L6 9H1z"],
  parallel: ["Parallel", "M2 1h2v14H2zM6 3h8v2H6zM6 7h8v2H6zM6 11h8v2H6z"],
  loop: ["Loop", "M8 2a6 6 0 016 6h-2a4 4 0 10-1.200 2.800L9 9h6v6l-2.300-2.300A6 6 0 118 2z"],
  guard: ["Errors", "M8 1l6 2v5c0 4-3 6-6 7-3-1-6-3-6-7V3zM7 4v5h2V4zM7 10.500v2h2v-2z"],
  wait: ["Wait", "M3 1h10v2l-3.500 5L13 13v2H3v-2l3.500-5L3 3zM6 4l2 3 2-3z"],
  hop: ["Hand-over", "M1 5h8V2l6 6-6 6v-3H1z"],
  end: ["Result", "M2 2h12v12H2zM4 4v8h8V4z"],
};
const ICON = Object.fromEntries(Object.entries(KINDS).map(([kind, [, path]]) => [kind, path]));
const COLORS = {};
const TOKENS = ["bg", "surface", "ink", "muted", "line", "band", "drawer", "edge", "focus", "error", "mark", "ok", ...Object.keys(KINDS)];
const readColors = () => {
  const style = getComputedStyle(document.documentElement);
  for (const token of TOKENS) COLORS[token] = style.getPropertyValue(`--${token}`).trim();
};

/** Style of a line: dash, width, colour token. */
const LINES = {
  "": [[], 1.5, "edge"], branch: [[], 1.5, "decision"], part: [[], 1.5, "parallel"],
  error: [[6, 4], 1.6, "error"], compensate: [[2, 3], 1.8, "error"],
  hop: [[8, 5], 2, "hop"], inline: [[2, 4], 2, "hop"],
};

const clipText = (c, text, width) => {
  if (c.measureText(text).width <= width) return text;
  let low = 0, high = text.length;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (c.measureText(text.slice(0, middle) + "…").width <= width) low = middle;
    else high = middle - 1;
  }
  return text.slice(0, low).trimEnd() + "…";
};

/** Cut at the front: the end of a place in the code says more than its beginning. */
const clipFront = (c, text, width) => {
  let at = 0;
  while (at < text.length && c.measureText(at ? `…${text.slice(at)}` : text).width > width) at++;
  return at ? `…${text.slice(at)}` : text;
};

/** Up to `most` lines, broken at a space or after a sign that joins words. */
const wrapText = (c, text, width, most) => {
  if (most === 1 || c.measureText(text).width <= width) return [clipText(c, text, width)];
  const words = text.split(/(?<=[\s._/:,(])/);
  let first = "", next = 0;
  while (next < words.length && c.measureText((first + words[next]).trimEnd()).width <= width) first += words[next++];
  return first ? [first.trimEnd(), ...wrapText(c, words.slice(next).join(""), width, most - 1)] : [clipText(c, text, width)];
};

const roundedLine = (c, points, radius) => {
  c.beginPath();
  c.moveTo(points[0][0], points[0][1]);
  for (let i = 1; i < points.length - 1; i++) {
    const [a, b, d] = [points[i - 1], points[i], points[i + 1]];
    const r = Math.min(radius, Math.hypot(b[0] - a[0], b[1] - a[1]) / 2, Math.hypot(d[0] - b[0], d[1] - b[1]) / 2);
    c.arcTo(b[0], b[1], d[0], d[1], r);
  }
  const last = points[points.length - 1];
  c.lineTo(last[0], last[1]);
};

const arrowHead = (c, points, size) => {
  const [b, a] = [points[points.length - 1], points[points.length - 2]];
  const turn = Math.atan2(b[1] - a[1], b[0] - a[0]);
  c.beginPath();
  c.moveTo(b[0], b[1]);
  for (const side of [-0.42, 0.42]) c.lineTo(b[0] - size * Math.cos(turn + side), b[1] - size * Math.sin(turn + side));
  c.fill();
};

/** How much of something shows: `faint` is false, true for what is dimmed, or a share of its own. */
const alphaOf = (faint, dimmed) => (faint === true ? dimmed : faint || 1);

const paintLine = (c, line, faint, strong, zoom) => {
  const [dash, width, token] = LINES[line.style] || LINES[""];
  c.globalAlpha = alphaOf(faint, 0.13);
  c.strokeStyle = c.fillStyle = COLORS[token];
  c.lineWidth = (strong ? width + 0.9 : width) * (zoom < 0.4 ? 1.6 : 1);
  c.setLineDash(dash);
  roundedLine(c, line.points, 7);
  c.stroke();
  c.setLineDash([]);
  arrowHead(c, line.points, 8);
  c.globalAlpha = 1;
};

const paintLabel = (c, line, faint, zoom) => {
  if (!line.label || zoom < 0.45) return;
  c.globalAlpha = alphaOf(faint, 0.2);
  c.font = `600 ${S.labelText}px ${FONT}`;
  c.textBaseline = "middle";
  c.textAlign = "left";
  const text = clipText(c, line.label, line.lw - 6), width = c.measureText(text).width + 6;
  c.fillStyle = COLORS[line.depth ? "drawer" : "band"];
  c.fillRect(line.lx, line.ly - S.labelHeight / 2, width, S.labelHeight);
  c.fillStyle = COLORS[(LINES[line.style] || LINES[""])[2]];
  c.fillText(text, line.lx + 3, line.ly + 0.5);
  c.globalAlpha = 1;
};

const PATHS = new Map();
/** Fills an outline given as an SVG path in a square of 16. */
const paintPath = (c, path, x, y, size) => {
  if (c.fillPath) return c.fillPath(path, x, y, size / 16);
  if (!PATHS.has(path)) PATHS.set(path, new Path2D(path));
  c.save();
  c.translate(x, y);
  c.scale(size / 16, size / 16);
  c.fill(PATHS.get(path), "evenodd");
  c.restore();
};
const paintIcon = (c, kind, x, y, size) => paintPath(c, ICON[kind], x, y, size);

/** A band's background and title. */
const paintBand = (c, area, band, zoom) => {
  c.fillStyle = COLORS.band;
  c.strokeStyle = COLORS.line;
  c.lineWidth = 1;
  c.beginPath();
  c.roundRect(area.x, area.y, area.w, area.h, 12);
  c.fill();
  c.stroke();
  const size = Math.min(Math.max(S.bandText, 12 / zoom), 30), x = area.x + S.bandTitle;
  c.textBaseline = "middle";
  c.textAlign = "left";
  c.font = `650 ${size}px ${FONT}`;
  c.fillStyle = COLORS.ink;
  const title = clipText(c, band.title, area.w * 0.6);
  c.fillText(title, x, area.y + 22);
  const after = x + c.measureText(title).width + 12;
  c.font = `400 ${Math.max(S.factsText, size * 0.85)}px ${FONT}`;
  c.fillStyle = COLORS.muted;
  const words = [band.kind, ...band.facts].join("  ·  ");
  if (zoom >= 0.4) c.fillText(clipText(c, words, area.x + area.w - 16 - after), after, area.y + 22.5);
};

/** The outline of a loop or a try, with its title as a tab. */
const paintFrame = (c, frame, faint, zoom) => {
  const token = frame.kind === "loop" ? "loop" : "guard";
  c.globalAlpha = alphaOf(faint, 0.2);
  c.strokeStyle = c.fillStyle = COLORS[token];
  c.lineWidth = 1.2;
  c.setLineDash(frame.kind === "loop" ? [] : [5, 4]);
  c.beginPath();
  c.roundRect(frame.x, frame.y, frame.w, frame.h, 9);
  c.stroke();
  c.setLineDash([]);
  c.globalAlpha = faint ? 0.02 : frame.kind === "loop" ? 0.05 : 0.03;
  c.fill();
  c.globalAlpha = alphaOf(faint, 0.2);
  if (zoom >= 0.4) {
    paintIcon(c, token, frame.x + 8, frame.y + 6, 12);
    c.font = `600 ${S.labelText}px ${FONT}`;
    c.textBaseline = "middle";
    c.textAlign = "left";
    c.fillText(clipText(c, frame.title, frame.w - 34), frame.x + 25, frame.y + 12.5);
  }
  c.globalAlpha = 1;
};

/** The panel that shows what is inside an open card. */
const paintDrawer = (c, area, card, title, zoom) => {
  c.fillStyle = COLORS.drawer;
  c.strokeStyle = COLORS.call;
  c.lineWidth = 1.2;
  c.beginPath();
  c.roundRect(area.x, area.y, area.w, area.h, 10);
  c.fill();
  c.stroke();
  const x = card.x + S.cardWidth / 2, top = card.y + S.cardHeight;
  c.fillStyle = COLORS.call;
  c.globalAlpha = 0.5;
  c.fillRect(x - 2, top, 4, Math.max(0, area.y - top));
  c.globalAlpha = 1;
  if (zoom < 0.4) return;
  c.font = `600 ${S.drawerText}px ${FONT}`;
  c.textBaseline = "middle";
  c.textAlign = "left";
  c.fillStyle = COLORS.call;
  c.fillText(clipText(c, `inside ${title}`, area.w - 40), area.x + 14, area.y + 16);
};

/** The outline of a card: each group of kinds has its own shape. */
const cardShape = (c, kind, x, y) => {
  const w = S.cardWidth, h = S.cardHeight;
  c.beginPath();
  if (kind === "decision" || kind === "one_of" || kind === "parallel") {
    const p = 14;
    c.moveTo(x + p, y); c.lineTo(x + w - p, y); c.lineTo(x + w, y + h / 2);
    c.lineTo(x + w - p, y + h); c.lineTo(x + p, y + h); c.lineTo(x, y + h / 2);
    c.closePath();
  } else if (kind === "hop") {
    const p = 15;
    c.moveTo(x + 6, y); c.lineTo(x + w - p, y); c.lineTo(x + w, y + h / 2); c.lineTo(x + w - p, y + h);
    c.lineTo(x + 6, y + h); c.arcTo(x, y + h, x, y + h - 6, 6); c.lineTo(x, y + 6); c.arcTo(x, y, x + 6, y, 6);
    c.closePath();
  } else c.roundRect(x, y, w, h, kind === "entry" || kind === "end" ? h / 2 : 9);
};

/** One card. `state`: faint, chosen, hover. */
const paintCard = (c, card, node, state, zoom) => {
  const { title, kind, line, certain, marks, inside: summary } = node;
  const w = S.cardWidth, h = S.cardHeight, { x, y } = card;
  const color = kind === "end" && node.words === "error" ? COLORS.error : COLORS[kind];
  c.globalAlpha = alphaOf(state.faint, 0.17);
  if (card.inside && !card.open) {
    c.fillStyle = COLORS.surface;
    c.strokeStyle = color;
    c.lineWidth = 1.1;
    c.beginPath();
    c.roundRect(x + 5, y + 4, w, h, 9);
    c.fill();
    c.stroke();
  }
  c.fillStyle = COLORS.surface;
  c.strokeStyle = color;
  c.lineWidth = state.chosen ? 3 : state.hover ? 2.2 : 1.4;
  c.setLineDash(certain < 80 ? [5, 3] : []);
  cardShape(c, kind, x, y);
  c.fill();
  const alpha = c.globalAlpha;
  c.globalAlpha = alpha * (zoom < 0.3 ? 0.9 : 0.1);
  c.fillStyle = color;
  c.fill();
  c.globalAlpha = alpha;
  c.stroke();
  c.setLineDash([]);
  if (zoom >= 0.3) paintCardText(c, card, { title, kind, line, marks, summary, color, place: node.place }, zoom);
  if (state.chosen) {
    c.strokeStyle = COLORS.focus;
    c.lineWidth = 2.5;
    c.beginPath();
    c.roundRect(x - 5, y - 5, w + 10, h + 10, 13);
    c.stroke();
  }
  c.globalAlpha = 1;
};

const paintCardText = (c, card, about, zoom) => {
  const { x, y } = card, w = S.cardWidth, h = S.cardHeight;
  const slanted = ["decision", "one_of", "parallel", "entry", "end"].includes(about.kind);
  const left = x + (slanted ? 19 : 11), icon = 15, textX = left + icon + 8;
  const room = x + w - (slanted ? 17 : about.kind === "hop" ? 18 : 10) - (card.inside ? 14 : 0) - textX;
  c.fillStyle = about.color;
  paintIcon(c, about.kind, left, y + h / 2 - icon / 2, icon);
  if (card.inside) {
    paintPath(c, card.open ? "M1 4l7 8 7-8z" : "M4 1l8 7-8 7z", x + w - (slanted ? 28 : 20), y + h / 2 - 6, 12);
  }
  c.textBaseline = "middle";
  c.textAlign = "left";
  c.font = `600 ${S.titleText}px ${FONT}`;
  c.fillStyle = COLORS.ink;
  const asks = about.kind === "decision" && !about.marks.length && !card.inside;
  const lines = wrapText(c, about.title, room, asks ? 3 : 2);
  const sub = zoom >= 0.5 && lines.length < 3, step = 15.5;
  let at = y + h / 2 - ((lines.length - 1) * step + (sub ? 16 : 0)) / 2;
  for (const text of lines) {
    c.fillText(text, textX, at);
    at += step;
  }
  if (!sub) return;
  let free = room;
  if (about.marks.length) {
    c.font = `600 ${S.labelText}px ${FONT}`;
    const text = clipText(c, about.marks.join(" · "), room), width = c.measureText(text).width;
    c.fillStyle = COLORS.mark;
    c.fillText(text, textX + room - width, at + 0.5);
    free = room - width - 6;
  }
  c.font = `400 ${S.subText}px ${FONT}`;
  c.fillStyle = COLORS.muted;
  if (free > 56) c.fillText(about.summary ? clipText(c, about.summary, free) : clipFront(c, about.place, free), textX, at + 0.5);
};

/** Everything but the cards: bands, frames, lines, and drawers over the lines that run behind them. */
const paintBehind = (c, view, scene, look, zoom) => {
  scene.bands.forEach((area, index) => paintBand(c, area, view.bands[index], zoom));
  const depths = Math.max(0, ...scene.drawers.map((area) => area.depth + 1));
  for (let depth = 0; depth <= depths; depth++) {
    const here = (item) => item.depth === depth;
    for (const frame of scene.frames.filter(here)) paintFrame(c, frame, look.faint(frame.key), zoom);
    const lines = scene.routes.filter(here);
    for (const line of lines) paintLine(c, line, look.faint(line.source) || look.faint(line.target), look.strong(line), zoom);
    for (const line of lines) paintLabel(c, line, look.faint(line.source) || look.faint(line.target), zoom);
    for (const area of scene.drawers.filter(here)) paintDrawer(c, area, scene.cards.get(area.key), view.nodes[area.key].title, zoom);
  }
  for (const hop of scene.hops) paintLine(c, hop, look.faint(hop.source) || look.faint(hop.target), look.strong(hop), zoom);
};
