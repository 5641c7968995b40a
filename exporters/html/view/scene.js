// Puts a view's boxes together for the cards that are open. The same sums as exporters/shared/compose.py.

/** Text of one of the page's data elements, parsed. */
const readData = (id) => {
  const element = document.getElementById(id);
  return element ? JSON.parse(element.textContent) : null;
};
const META = readData("meta");
/** The units that the page names, by their number. */
const units = () => (units.read ||= readData("units"));
const S = META.sizes;

/** Width of a box with the drawers that are open in it. */
const innerWidth_ = (box, open) => box[2].reduce((width, card) => {
  if (!card[6] || !open.has(card[0])) return width;
  const size = innerWidth_(card[6], open);
  return Math.max(width, Math.max(0, Math.min(card[1] - 16, box[0] - size)) + size);
}, box[0]);

/** Places a box and its open drawers; adds to the scene and returns [width, height]. */
const placeBox = (scene, box, open, x, y, depth, band, free) => {
  let width = box[0], moved = 0;
  const moves = [];
  const drawers = box[2].filter((card) => card[6] && open.has(card[0])).sort((a, b) => a[3] - b[3] || a[1] - b[1]);
  for (const card of drawers) {
    const top = y + card[3] + moved + S.drawerGap, size = innerWidth_(card[6], open);
    const left = x + Math.max(0, Math.min(card[1] - 16, box[0] - size));
    const area = { key: card[0], x: left, y: top, w: size, h: 0, depth };
    scene.drawers.push(area);
    area.h = placeBox(scene, card[6], open, left, top + S.drawerHead, depth + 1, band, false)[1] + S.drawerHead;
    width = Math.max(width, left - x + size);
    moved += area.h + S.drawerGap;
    moves.push([card[3], area.h + S.drawerGap]);
  }
  const down = (value) => moves.reduce((at, [cut, height]) => (value > cut ? at + height : at), y + value);
  for (const [key, cx, cy, cut, out, last, inside] of box[2]) {
    const alone = free && last && !moves.some(([other]) => other === cut);
    scene.cards.set(key, {
      key, x: x + cx, y: down(cy), out: out >= 0 ? down(out) : -1, band, depth, alone, inside, open: inside && open.has(key),
    });
  }
  for (const [key, kind, title, fx, fy, fw, fh] of box[3]) {
    const top = down(fy);
    scene.frames.push({ key, kind, title, x: x + fx, y: top, w: fw, h: down(fy + fh) - top, depth });
  }
  for (const [source, target, style, flat, label, lx, ly, lw] of box[4]) {
    const points = [];
    for (let i = 0; i < flat.length; i += 2) points.push([x + flat[i], down(flat[i + 1])]);
    scene.routes.push({ source, target, style, points, depth, label, lx: x + lx, ly: label ? down(ly) : 0, lw });
  }
  return [width, box[1] + moved];
};

/** The lines that run round the bands, from a hand-over to the run that receives it. */
const placeHops = (view, scene, bus) => {
  const drawn = new Set();
  for (const [from, to, kind, inline] of view.hops) {
    let source = from;
    while (!scene.cards.has(source)) source = view.parentOf.get(source);
    const once = `${source} ${to} ${inline}`;
    if (drawn.has(once)) continue;
    drawn.add(once);
    const card = scene.cards.get(source), area = scene.bands[to];
    const target = view.bands[to].entries[0], entry = scene.cards.get(target);
    const gutter = area.y - S.bandGap / 2, lane = area.x + S.lane, x = card.x + S.cardWidth - S.trunk;
    const points = [[x, card.y + S.cardHeight]];
    if (card.alone && to === card.band + 1) points.push([x, gutter]);
    else {
      const right = bus + S.busTrack * view.buses[to];
      points.push([x, card.out], [right, card.out], [right, gutter]);
    }
    const middle = entry.y + S.cardHeight / 2;
    points.push([lane, gutter], [lane, middle], [entry.x, middle]);
    scene.hops.push({ source, from, target, band: to, style: inline ? "inline" : "hop", kind, points, depth: 0, label: "" });
  }
};

/** Everything that is visible of a view, at its place. */
const composeScene = (view, open) => {
  const scene = { cards: new Map(), bands: [], drawers: [], frames: [], routes: [], hops: [], w: 0, h: 0 };
  let top = S.bandGap;
  view.bands.forEach((band, index) => {
    const [width, inner] = placeBox(scene, band.box, open, S.bandSide, top + S.bandHead, 0, index, true);
    const height = inner + S.bandHead + S.bandFoot;
    scene.bands.push({ key: index, x: 0, y: top, w: 0, h: height });
    scene.w = Math.max(scene.w, width + 2 * S.bandSide);
    top += height + S.bandGap;
  });
  for (const area of scene.bands) area.w = scene.w;
  scene.h = top;
  const bus = scene.w + S.bus, tracks = Math.max(-1, ...Object.values(view.buses)) + 1;
  placeHops(view, scene, bus);
  if (tracks) scene.w = bus + S.busTrack * tracks;
  return scene;
};
