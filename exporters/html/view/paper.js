// Paints the sheets that sheets.js filled. Where lines can't be followed over the paper, words say where they lead: runs have
// numbers, a hand-over tells the number of its run, and lines that a cut parts have the same letter on both sides.

/** Numbers as a reader would list them: `1, 3–5`; `show` writes each. */
const listed = (numbers, show = String) => {
  const parts = [];
  for (const one of [...new Set(numbers)].sort((a, b) => a - b)) {
    const last = parts[parts.length - 1];
    if (last && last[1] === one - 1) last[1] = one;
    else parts.push([one, one]);
  }
  return parts.map(([from, to]) => (from === to ? show(from) : `${show(from)}${to === from + 1 ? ", " : "–"}${show(to)}`)).join(", ");
};

const letterOf = (number) => (number < 26 ? "" : letterOf(Math.floor(number / 26) - 1)) + String.fromCharCode(65 + (number % 26));

/** Gives each line that a cut parts a letter, the same on both sides: the marks of each piece, by its edges. */
const markCuts = (pieces) => {
  const known = new Map();
  for (const piece of pieces) {
    const { run, part, cut } = piece;
    piece.marks = [];
    const edges = {
      left: { ...part, w: 0 }, right: { ...part, x: part.x + part.w, w: 0 }, top: { ...part, h: 0 }, bottom: { ...part, y: part.y + part.h, h: 0 },
    };
    for (const [side, edge] of Object.entries(edges)) {
      for (const place of cut[side] ? crossings(run, edge) : []) {
        const [x, y] = edge.w === 0 ? [edge.x, place] : [place, edge.y], key = `${run.number} ${x} ${y}`;
        const before = [...known.values()].filter((one) => one.run === run).length;
        if (!known.has(key)) known.set(key, { run, number: before, letter: letterOf(before), pieces: [] });
        const mark = known.get(key);
        mark.pieces.push(piece);
        piece.marks.push({ side, x, y, mark });
      }
    }
  }
};

/** What the marks of some sides say: `A–C: sheet 3`. */
const marksTold = (piece, sides) => {
  const places = new Map();
  for (const { side, mark } of piece.marks) {
    if (!sides.includes(side)) continue;
    const other = mark.pieces.find((one) => one !== piece);
    const where = !other ? "" : other.sheet === piece.sheet ? "this sheet" : `sheet ${other.sheet + 1}`;
    places.set(where, [...(places.get(where) || []), mark.number]);
  }
  return [...places].map(([where, numbers]) => `${listed(numbers, letterOf)}: ${where}`).join(" · ");
};

/** What is painted of a scene in a piece: nothing that lies wholly outside it. */
const sceneOf = (scene, { run, rect }) => {
  const seen = (one) => overlaps(one, rect), box = (card) => ({ x: card.x, y: card.y, w: S.cardWidth, h: S.cardHeight });
  const routes = scene.routes.filter((route) => straights({ routes: [route] }).some((one) => overlaps({ ...one, w: one.w + 1, h: one.h + 1 }, rect)));
  return {
    ...scene, hops: [], bands: [run.area], drawers: scene.drawers.filter(seen), frames: scene.frames.filter(seen),
    routes: routes.map((one) => (one.label && seen({ x: one.lx, y: one.ly, w: one.lw, h: 1 }) ? one : { ...one, label: "" })),
    shown: [...scene.cards.values()].filter((card) => seen(box(card))),
  };
};

/** A hand-over's tag on the lower edge of its card: the numbers of the runs that it leads to, and their sheets where they fit. */
const paintTag = (c, card, [runs, onSheets]) => {
  c.font = `600 ${S.labelText}px ${FONT}`;
  const room = S.cardWidth - 24, whole = c.measureText(runs + onSheets).width <= room;
  const shown = clipText(c, whole ? runs + onSheets : runs, room), width = c.measureText(shown).width + 14, left = card.x + S.cardWidth - width - 6, top = card.y + S.cardHeight - 7;
  c.fillStyle = COLORS.surface;
  c.strokeStyle = COLORS.hop;
  c.lineWidth = 1.2;
  c.beginPath();
  c.roundRect(left, top, width, 16, 8);
  c.fill();
  c.stroke();
  c.fillStyle = COLORS.hop;
  c.fillText(shown, left + 7, top + 8.5);
};

const paintWords = (c, text, x, y, width) => {
  c.font = `600 ${S.factsText}px ${FONT}`;
  c.fillStyle = COLORS.ink;
  c.fillText(clipText(c, text, width), x, y);
};

/** The letters at the edges of a piece; those that stand close take turns in two rows. */
const paintMarks = (c, piece) => {
  const [x, y] = [piece.x + piece.inset.left, piece.y + piece.inset.top];
  c.font = `700 ${S.factsText}px ${FONT}`;
  c.fillStyle = COLORS.focus;
  let before = {};
  for (const { side, x: markX, y: markY, mark } of piece.marks) {
    const width = c.measureText(mark.letter).width, [px, py] = [x + markX - piece.rect.x, y + markY - piece.rect.y];
    const near = before.side === side && markX - before.x < width + 2 && !before.level ? 12 : 0;
    const places = { left: [px - width - 3, py], right: [px + 3, py], top: [px - width / 2, py - 7 - near], bottom: [px - width / 2, py + 8 + near] };
    c.fillText(mark.letter, ...places[side]);
    before = { side, x: markX, level: near };
  }
};

/** Round a piece that was cut: what it is a part of, the letters of its lines, and where they go on. */
const paintCut = (c, piece, title) => {
  const before = marksTold(piece, ["left", "top"]), after = marksTold(piece, ["right", "bottom"]);
  if (piece.cut.left || piece.cut.top) paintWords(c, `${title}, continued${before ? `  ←  ${before}` : ""}`, piece.x + 4, piece.y + 9, piece.w - 8);
  if (after) paintWords(c, `→  ${after}`, piece.x + 4, piece.y + piece.h - 10, piece.w - 8);
  paintMarks(c, piece);
};

/** One piece on its sheet: the part of the scene, and round a cut one the words and letters that say how it goes on. */
const paintPiece = (c, view, scene, piece, tags) => {
  const { run, rect } = piece, { number } = run, part = sceneOf(scene, piece), inner = new SvgPen(rect.w, rect.h);
  const place = { x: piece.x + piece.inset.left, y: piece.y + piece.inset.top };
  for (const [name, value] of Object.entries({ ...place, viewBox: `${rect.x} ${rect.y} ${rect.w} ${rect.h}` })) inner.svg.setAttribute(name, value);
  paintBehind(inner, { ...view, bands: [view.bands[number]] }, part, PLAIN, 1);
  for (const card of part.shown) {
    inner.within({ class: "card", "data-card": card.key }, () => {
      paintWhole(inner, view, card);
      if (tags.has(card.key)) paintTag(inner, card, tags.get(card.key)(piece.sheet));
    });
  }
  c.into.append(inner.svg);
  paintCut(c, piece, view.bands[number].title);
};

/** A view whose runs have numbers, and say in their titles which runs lead to them. */
const numbered = (view, scene) => {
  const from = view.bands.map(() => []);
  for (const hop of scene.hops) from[hop.band].push(scene.cards.get(hop.source).band + 1);
  const bands = view.bands.map((band, index) => ({
    ...band, title: `${index + 1}. ${band.title}`, facts: [...band.facts, ...(from[index].length ? [`from ${listed(from[index])}`] : [])],
  }));
  return { ...view, bands };
};

/** For each card that hands over: a function from its sheet to what its tag says, the runs and their sheets. */
const tagsOf = (scene, sheetsOfRuns) => {
  const targets = new Map();
  for (const { source, band } of scene.hops) targets.set(source, [...(targets.get(source) || []), band]);
  return new Map([...targets].map(([key, bands]) => [key, (sheet) => {
    const others = bands.map((band) => sheetsOfRuns[band]).filter((one) => one !== sheet).map((one) => one + 1);
    const word = others.every((one) => one === others[0]) ? "sheet" : "sheets";
    return [`→ ${listed(bands.map((band) => band + 1))}`, others.length ? `, ${word} ${listed(others)}` : ""];
  }]));
};

/** A pen whose drawing is so large on paper. */
const paperPen = (scale, [width, height]) => {
  const pen = new SvgPen(width, height);
  for (const [name, size] of Object.entries({ width, height })) pen.svg.setAttribute(name, `${size * scale}pt`);
  return pen;
};

/** One sheet as an element: its head, and what is drawn on it. */
const sheetElement = (shape, name, told, drawn) => el("section", { className: `sheet ${shape}` }, el("p", {}, el("b", {}, name), el("span", {}, told)), drawn);

/** How far the pieces of a sheet reach. */
const reachOf = (pieces) => [Math.max(...pieces.map((one) => one.x + one.w)), Math.max(...pieces.map((one) => one.y + one.h))];

/** The sheets of a view whose runs have numbers, since lines can't show which one leads to which. */
const numberedSheets = (view, scene, least) => {
  const named = numbered(view, scene), { shape, scale, sheets } = bestSheets(runsOf(scene, named), least), pieces = sheets.flat();
  markCuts(pieces);
  const tags = tagsOf(scene, view.bands.map((_, number) => pieces.find((one) => one.run.number === number).sheet));
  return sheets.map((held, number) => {
    const runs = listed(held.map((one) => one.run.number + 1)), pen = paperPen(scale, reachOf(held));
    for (const piece of held) paintPiece(pen, named, scene, piece, tags);
    const told = `${/^\d+$/.test(runs) ? "Run" : "Runs"} ${runs} of ${view.bands.length} · Sheet ${number + 1} of ${sheets.length}`;
    return sheetElement(shape, view.name, told, pen.svg);
  });
};

/** The view and its story, for paper; a view that one sheet holds is printed as it is shown. */
const printed = () => {
  const { view, scene } = state, least = S.printText / Math.min(S.titleText, S.subText, S.labelText, S.drawerText, S.factsText, S.bandText);
  const story = el("section", { className: "story" }, el("h1", {}, view.name), ...[...$("story").children].map((one) => one.cloneNode(true)));
  const one = wholeSheet(scene, least);
  if (one) {
    const pen = paperPen(one.scale, [scene.w, scene.h]);
    paintAll(pen, view, scene);
    return [sheetElement(one.shape, view.name, "Sheet 1 of 1", pen.svg), story];
  }
  story.querySelectorAll("h2").forEach((head, number) => head.prepend(`${number + 1}. `));
  return [...numberedSheets(view, scene, least), story];
};
