// Sheets of paper: a view is taken apart into its runs, which stand on the sheets as large as the paper allows. A run that no
// sheet holds is cut where nothing but lines is. What is painted on the sheets is said in paper.js.

/** Width and height in points of what may be drawn on a sheet, upright and across: what fits on A4 and on Letter alike. */
const PAPER = { wide: [745, 522], tall: [549, 718] };
const SHEET_GAP = 26;
/** Room around a piece of a run that was cut: for the words over and under it, and for the marks at its sides. */
const CUT_WORDS = 22, CUT_MARKS = 26;

const overlaps = (a, b) => a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
const textWidth = (text, size, weight) => {
  textWidth.ruler ||= document.createElement("canvas").getContext("2d");
  textWidth.ruler.font = `${weight} ${size}px ${FONT}`;
  return textWidth.ruler.measureText(text).width;
};

/** What may not be cut, as rectangles: cards with what hangs on their edges, and every text. */
const solids = (scene, view) => {
  const cards = [...scene.cards.values()].map(({ x, y }) => ({ x: x - 10, y: y - 6, w: S.cardWidth + 18, h: S.cardHeight + 16 }));
  const labels = scene.routes.filter((one) => one.label).map(({ lx, ly, lw }) => ({ x: lx, y: ly - S.labelHeight / 2, w: lw, h: S.labelHeight }));
  const frames = scene.frames.map(({ x, y, w, title }) => ({ x, y, w: Math.min(w, 34 + textWidth(title, S.labelText, 600)), h: 24 }));
  const drawers = scene.drawers.map(({ x, y, w, key }) => ({ x, y: y - 2, w: Math.min(w, 40 + textWidth(`inside ${view.nodes[key].title}`, S.drawerText, 600)), h: S.drawerHead + 2 }));
  return [...cards, ...labels, ...frames, ...drawers];
};

/** The straight parts of lines, each with the depth of what it is drawn in. */
const straights = (scene) => scene.routes.flatMap(({ points, depth }) => points.slice(1).map(([bx, by], index) => {
  const [ax, ay] = points[index];
  return { x: Math.min(ax, bx), y: Math.min(ay, by), w: Math.abs(ax - bx), h: Math.abs(ay - by), depth };
}));

/** Where lines cross an edge, as places along it; not those that an open card hides. */
const crossings = (run, edge) => {
  const upright = edge.w === 0, found = new Set();
  for (const { x, y, w, h, depth } of run.lines) {
    const crosses = upright ? h === 0 && x < edge.x && x + w > edge.x && y >= edge.y && y <= edge.y + edge.h : w === 0 && y < edge.y && y + h > edge.y && x >= edge.x && x <= edge.x + edge.w;
    if (!crosses) continue;
    const [px, py] = upright ? [edge.x, y] : [x, edge.y];
    const hidden = run.drawers.some((one) => one.depth >= depth && px > one.x && px < one.x + one.w && py > one.y && py < one.y + one.h);
    if (!hidden) found.add(upright ? y : x);
  }
  return [...found].sort((a, b) => a - b);
};

/** All places at which a rectangle can be cut across an axis without touching a card or a text. */
const clearPlaces = (run, rect, [at, size], limit) => {
  const inside = run.solids.filter((one) => overlaps(one, rect)).sort((a, b) => a[at] - b[at]), places = [];
  let free = -Infinity;
  for (const one of [...inside, { [at]: rect[at] + rect[size], [size]: 0 }]) {
    if (free > rect[at]) for (let place = Math.ceil(free) + 1; place < Math.min(one[at], rect[at] + limit); place += 2) places.push(place);
    free = Math.max(free, one[at] + one[size]);
  }
  return places;
};

/** What a cut costs: the lines, frames and open cards that it parts, lines that it runs along, and paper that stays empty. */
const costOf = (run, rect, axis, place, limit) => {
  const [at, size] = axis, edge = at === "x" ? { ...rect, x: place, w: 0 } : { ...rect, y: place, h: 0 };
  const parted = [...run.drawers, ...run.frames].filter((one) => overlaps({ ...edge, [size]: 1 }, one)).length;
  const along = run.lines.some((one) => one[size] === 0 && Math.abs(one[at] - place) < 3 && overlaps({ ...one, [at]: place, [size]: 1, ...(at === "x" ? { h: one.h + 1 } : { w: one.w + 1 }) }, { ...edge, [size]: 1 }));
  return crossings(run, edge).length + 2 * parted + (along ? 8 : 0) + (8 * (rect[at] + limit - place)) / limit;
};

const ACROSS = ["x", "w"], DOWN = ["y", "h"];
const bestCut = (run, rect, axis, limit) => {
  let best = null, least = Infinity;
  for (const place of clearPlaces(run, rect, axis, limit)) {
    const cost = costOf(run, rect, axis, place, limit);
    if (cost < least) [best, least] = [place, cost];
  }
  return best;
};

const cutAt = (rect, [at, size], place) => [{ ...rect, [size]: place - rect[at] }, { ...rect, [at]: place, [size]: rect[at] + rect[size] - place }];

/** Cuts a rectangle of a run until each part fits. Where rows stand so that no straight cut parts them all, rows are parted first. */
const partsOf = (run, rect, width, height) => {
  if (rect.w <= width && rect.h <= height) return [rect];
  const cut = (axis, place) => cutAt(rect, axis, place).flatMap((one) => partsOf(run, one, width, height));
  if (rect.h > height) {
    const place = bestCut(run, rect, DOWN, height);
    if (place !== null) return cut(DOWN, place);
    const column = bestCut(run, rect, ACROSS, Math.min(width, rect.w));
    if (column !== null) return cut(ACROSS, column);
  }
  if (rect.w > width) {
    const place = bestCut(run, rect, ACROSS, width);
    if (place !== null) return cut(ACROSS, place);
    const rows = clearPlaces(run, rect, DOWN, rect.h).reverse();
    const row = rows.find((one) => clearPlaces(run, cutAt(rect, DOWN, one)[0], ACROSS, width).length) ?? rows[rows.length - 1];
    if (row !== undefined) return cut(DOWN, row);
  }
  return [rect];
};

/** The sides of a part at which its run was cut. */
const cutSides = ({ area }, part) => ({
  left: part.x > area.x, top: part.y > area.y, right: part.x + part.w < area.x + area.w, bottom: part.y + part.h < area.y + area.h,
});

/** The cards, texts and lines in a part. */
const heldIn = (run, part) => [...run.solids, ...run.lines].filter((one) => overlaps({ ...one, w: Math.max(one.w, 1), h: Math.max(one.h, 1) }, part));

/** A part without the empty paper around what it holds; where it was not cut it keeps the edge of its run. */
const trimmed = (run, part, cut) => {
  const held = heldIn(run, part);
  const { x, y, w, h } = part, least = (at) => Math.min(...held.map((one) => one[at])) - 14, most = (at, size) => Math.max(...held.map((one) => one[at] + one[size])) + 14;
  const left = cut.left ? Math.max(x, least("x")) : x, top = cut.top || cut.left ? Math.max(y, least("y")) : y;
  return { x: left, y: top, w: Math.min(x + w, most("x", "w")) - left, h: Math.min(y + h, most("y", "h")) - top };
};

/** Room round a part that was cut: marks where it was, words over and under them. */
const insetsOf = ({ left, top, right, bottom }) => ({
  left: left ? CUT_MARKS : 0, right: right ? CUT_MARKS : 0,
  top: (top ? CUT_MARKS : 0) + (top || left ? CUT_WORDS : 0), bottom: (bottom ? CUT_MARKS : 0) + (bottom || right ? CUT_WORDS : 0),
});

/** The runs of a scene, each as wide as what is in it and its title. */
const runsOf = (scene, view) => {
  const all = solids(scene, view), lines = straights(scene);
  return scene.bands.map((band, number) => {
    const here = (one) => one.y >= band.y && one.y < band.y + band.h;
    const run = { number, solids: all.filter(here), lines: lines.filter(here), drawers: scene.drawers.filter(here), frames: scene.frames.filter(here) };
    const held = [...run.solids, ...run.lines, ...run.drawers, ...run.frames], far = (at, size) => held.reduce((most, one) => Math.max(most, one[at] + one[size]), 0);
    const { title, kind, facts } = view.bands[number], named = textWidth(title, S.bandText, 650);
    const told = named + textWidth([kind, ...facts].join("  ·  "), S.factsText, 400) + 60;
    run.area = { x: band.x, y: band.y, w: Math.max(far("x", "w") + S.bandSide, Math.min(640, Math.max(told, named / 0.6))), h: Math.min(band.h, far("y", "h") + S.bandFoot - band.y) };
    run.solids.push({ x: band.x, y: band.y, w: Math.min(run.area.w, told), h: S.bandHead });
    return run;
  });
};

/** The pieces of all runs for sheets of a size in the scene's own units. */
const piecesOf = (runs, width, height) => runs.flatMap((run) => {
  const parts = run.area.w <= width && run.area.h <= height ? [run.area] : partsOf(run, run.area, width - 2 * CUT_MARKS, height - 2 * (CUT_WORDS + CUT_MARKS));
  return parts.filter((part) => heldIn(run, part).length).map((part) => {
    const cut = cutSides(run, part), inset = insetsOf(cut), isCut = Object.values(cut).some(Boolean), rect = isCut ? trimmed(run, part, cut) : part;
    return { run, part, rect, cut, inset, w: Math.max(rect.w + inset.left + inset.right, isCut ? 340 : 0), h: rect.h + inset.top + inset.bottom };
  });
});

/** Puts pieces on sheets in their order: below the one before, else beside it, else in a new row, else on a new sheet. */
const fillSheets = (pieces, width, height) => {
  const sheets = [];
  let row = null, column = null;
  const put = (piece, x, y) => {
    sheets[sheets.length - 1].push({ ...piece, x, y });
    row.h = Math.max(row.h, y + piece.h - row.y);
    column.next = y + piece.h + SHEET_GAP;
  };
  for (const piece of pieces) {
    if (row && piece.w <= column.w && column.next + piece.h <= row.y + row.h) put(piece, column.x, column.next);
    else if (row && column.x + column.w + SHEET_GAP + piece.w <= width && row.y + piece.h <= height) {
      column = { x: column.x + column.w + SHEET_GAP, w: piece.w };
      put(piece, column.x, row.y);
    } else {
      const y = row ? row.y + row.h + SHEET_GAP : Infinity, fits = y + piece.h <= height;
      if (!fits) sheets.push([]);
      row = { y: fits ? y : 0, h: 0 };
      column = { x: 0, w: piece.w };
      put(piece, 0, row.y);
    }
  }
  return sheets;
};

/** Points on paper for each pixel of the scene: no larger than on the screen, no smaller than can be read. */
const scalesFrom = (least) => Array.from({ length: 9 }, (_, step) => 0.75 - (step * (0.75 - least)) / 8);

/** The sheets of some runs: few, with few cuts, then as large as can be. */
const bestSheets = (runs, least) => {
  let best = null, lowest = Infinity;
  for (const scale of scalesFrom(least)) {
    for (const [shape, paper] of Object.entries(PAPER)) {
      const [width, height] = paper.map((one) => one / scale), pieces = piecesOf(runs, width, height), sheets = fillSheets(pieces, width, height);
      const cost = sheets.length + (pieces.length - runs.length) / 2;
      if (cost < lowest) [best, lowest] = [{ shape, scale, sheets }, cost];
    }
  }
  best.sheets.forEach((pieces, sheet) => pieces.forEach((piece) => { piece.sheet = sheet; }));
  return best;
};

/** The one sheet that holds a whole scene; null when none does. */
const wholeSheet = (scene, least) => {
  for (const scale of scalesFrom(least)) {
    const shape = Object.keys(PAPER).find((one) => scene.w * scale <= PAPER[one][0] && scene.h * scale <= PAPER[one][1]);
    if (shape) return { shape, scale };
  }
  return null;
};
