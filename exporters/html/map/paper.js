// The map on paper: the plane that is shown, cut between its cards where one sheet is too small for it.

/** A plane as what sheets are cut from: its cards stay whole. */
const planeRun = (plane) => {
  const [w, h] = plane.size, solids = plane.cards.map(([, x, y, height]) => ({ x: x - 4, y: y - 4, w: 264, h: height + 8 }));
  const lines = straights({ routes: plane.lines.map(([, , , flat]) => ({ depth: 0, points: flat.flatMap((x, at) => (at % 2 ? [] : [[x, flat[at + 1]]])) })) });
  return { number: 0, solids, lines, drawers: [], frames: [], area: { x: 0, y: 0, w, h } };
};

/** A part of what is on the screen, at its place on a sheet. */
const planePiece = (piece, scale) => {
  const { rect, inset, x, y } = piece, plane = $("sheet").firstElementChild.cloneNode(true);
  for (const one of plane.querySelectorAll(".faint, .lit")) one.classList.remove("faint", "lit");
  Object.assign(plane.style, { margin: 0, transform: `scale(${scale / 0.75}) translate(${-rect.x}px, ${-rect.y}px)` });
  const place = { left: (x + inset.left) * scale, top: (y + inset.top) * scale, width: rect.w * scale, height: rect.h * scale };
  const holder = el("div", { className: "part" }, plane);
  for (const [name, points] of Object.entries(place)) holder.style[name] = `${points}pt`;
  return holder;
};

/** The plane on as many sheets as it needs, with letters where its lines are cut. */
const printedMap = () => {
  const { plane } = theMap, { shape, scale, sheets } = bestSheets([planeRun(plane)], S.printText / Math.min(S.mapText, S.factsText));
  markCuts(sheets.flat());
  const arrow = $("arrow").parentElement.cloneNode(true);
  arrow.firstElementChild.id = "arrow-on-paper";
  return [arrow, ...sheets.map((pieces, number) => {
    const pen = paperPen(scale, reachOf(pieces));
    for (const piece of pieces) paintCut(pen, piece, "Map");
    const field = el("div", { className: "field" }, pen.svg, ...pieces.map((piece) => planePiece(piece, scale)));
    return sheetElement(shape, `Map: ${plane.title}`, `Sheet ${number + 1} of ${sheets.length}`, field);
  })];
};
