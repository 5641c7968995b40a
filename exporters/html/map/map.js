// The map: paints the plane of an area where Python put its cards and lines, lights what a card hands work to and gets it
// from, and follows the search and the filters of the index.

const theMap = { data: null, plane: null, cards: [], lines: [], out: new Set(), scale: 1 };

const mapData = () => (theMap.data ||= readData("map-data"));
const planeOf = (path) => mapData().find((plane) => plane.area === path);
const mapHref = (path) => (path === mapData()[0].area ? "#map" : `#map=${encodeURIComponent(path)}`);

const runHref = ([index, unit, line]) => (line ? stepHref(index, units()[unit], line) : workflowOf(index).href);

/** Lower-case text that the search looks in. */
const cardWords = ([, , , , title, , about, link, , uses, others]) => [
  title, about, typeof link[1] === "number" ? units()[link[1]] : "", ...others.flatMap(([name, more]) => [name, more]), ...uses.map((number) => systemData().systems[number][2]),
].join(" ").toLowerCase();

/** The runs of an area and of the areas in it, each once, on the planes that show them. */
const runsIn = (path) => {
  const plane = planeOf(path);
  if (!plane) return [];
  const inner = plane.cards.filter(([sort, , , , , , , , , , , foreign]) => sort === "area" && !foreign);
  return inner.length ? inner.flatMap((card) => runsIn(card[7][0])) : plane.cards.filter(([sort, , , , , , , , , , , foreign]) => sort === "run" && !foreign);
};

/** The line with round corners. */
const curve = (flat) => {
  const at = (number) => [flat[2 * number], flat[2 * number + 1]], last = flat.length / 2 - 1;
  let path = `M${at(0)}`;
  for (let number = 1; number < last; number++) {
    const [ax, ay] = at(number - 1), [bx, by] = at(number), [cx, cy] = at(number + 1);
    const r = Math.min(6, (Math.abs(ax - bx) + Math.abs(ay - by)) / 2, (Math.abs(cx - bx) + Math.abs(cy - by)) / 2);
    const near = (px, py) => `${bx + r * Math.sign(px - bx)} ${by + r * Math.sign(py - by)}`;
    path += `L${near(ax, ay)}Q${bx} ${by} ${near(cx, cy)}`;
  }
  return `${path}L${at(last)}`;
};

const chipElement = ([text, style, system, x, y, width]) => {
  const place = `left:${x}px;top:${y}px;width:${width}px`, className = `tag ${style}`;
  if (system < 0) return el("span", { className, style: place, title: text }, text);
  const [kind, name, label, words] = systemData().systems[system];
  return el("a", { className, style: place, title: `${label}, ${words}`, href: systemHref(kind, name), tabIndex: -1 }, text);
};

const othersElement = (others) => el("details", { className: "others" }, el("summary", {}, `+${others.length} alike`),
  el("ul", {}, ...others.map(([title, about, link]) => el("li", {}, el("a", { href: link.length > 1 ? runHref(link) : systemHref(...systemData().systems[link[0]]) }, title), " ", el("small", {}, about)))));

const cardElement = ([sort, x, y, height, title, kind, about, link, chips, , others, foreign]) => {
  const href = { run: () => runHref(link), area: () => mapHref(link[0]), system: () => systemHref(...systemData().systems[link[0]]) }[sort]();
  const card = el("div", { className: `run ${sort} k-${kind}${foreign ? " foreign" : ""}`, style: `left:${x}px;top:${y}px;height:${height}px` },
    el("a", { href, title }, title), el("small", {}, sort === "run" ? `${kind}${about ? ` · ${about}` : ""}` : about), ...chips.map(chipElement));
  if (others.length) card.append(othersElement(others));
  return card;
};

const SVG = "http://www.w3.org/2000/svg";
const lineElement = ([from, to, style, flat]) => {
  const path = document.createElementNS(SVG, "path");
  Object.assign(path.dataset, { from, to });
  path.setAttribute("class", style);
  path.setAttribute("d", curve(flat));
  return path;
};

/** Shows the plane of an area; returns whether there is one. */
const showArea = (path) => {
  const plane = path ? planeOf(path) : mapData()[0];
  if (!plane) return false;
  if (theMap.plane === plane) return true;
  const [width, height] = plane.size, svg = document.createElementNS(SVG, "svg");
  for (const [name, value] of Object.entries({ width, height, "aria-hidden": "true" })) svg.setAttribute(name, value);
  theMap.plane = plane;
  theMap.lines = plane.lines.map(lineElement);
  theMap.cards = plane.cards.map(cardElement);
  for (const [number, card] of theMap.cards.entries()) card.dataset.run = number;
  svg.append(...theMap.lines);
  $("sheet").replaceChildren(el("div", { className: "plane" }, svg, ...theMap.cards));
  $("sheet").scrollTo(0, 0);
  readMap();
  fillTrail(plane);
  return true;
};

/** The areas around this one, as links. */
const fillTrail = (plane) => {
  const outer = (path) => mapData().find(({ cards }) => cards.some(([sort, , , , , , , link, , , , foreign]) => sort === "area" && !foreign && link[0] === path));
  const links = [];
  for (let at = plane; at; at = outer(at.area)) links.unshift(el("a", { href: mapHref(at.area) }, at.title));
  links[links.length - 1].setAttribute("aria-current", "location");
  $("trail").replaceChildren(...links.flatMap((link, number) => (number ? [" › ", link] : [link])));
};

const zoomMap = (scale) => {
  const plane = $("sheet").firstElementChild, [width, height] = theMap.plane.size;
  theMap.scale = Math.min(2, Math.max(0.2, scale));
  Object.assign(plane.style, { transform: `scale(${theMap.scale})`, width: `${width}px`, height: `${height}px`, marginRight: `${width * (theMap.scale - 1)}px`, marginBottom: `${height * (theMap.scale - 1)}px` });
};

/** As large as the width allows, but never so small that letters are below 11 pixels. */
const readMap = () => zoomMap(Math.min(1, Math.max(0.92, ($("sheet").clientWidth - 24) / theMap.plane.size[0])));

/** All cards before or after one. */
const mapReach = (start, from, to) => {
  const found = new Set([start]), queue = [start];
  while (queue.length) {
    const at = queue.pop();
    for (const line of theMap.lines) {
      if (line.dataset[from] === at && !found.has(line.dataset[to])) {
        found.add(line.dataset[to]);
        queue.push(line.dataset[to]);
      }
    }
  }
  return found;
};

/** Lights a card with all that leads to it and all that follows; nothing when `run` is null. */
const lightRun = (run) => {
  const after = run && mapReach(run, "from", "to"), before = run && mapReach(run, "to", "from");
  for (const card of theMap.cards) card.classList.toggle("faint", run ? !after.has(card.dataset.run) && !before.has(card.dataset.run) : theMap.out.has(card.dataset.run));
  for (const line of theMap.lines) {
    const { from, to } = line.dataset;
    const lit = Boolean(run) && ((after.has(from) && after.has(to)) || (before.has(from) && before.has(to)));
    line.classList.toggle("lit", lit);
    line.classList.toggle("faint", run ? !lit : theMap.out.has(from) || theMap.out.has(to));
  }
};

/** Dims the cards that don't match: for an area those in which no run does. Returns how many runs of the plane match. */
const filterMap = (text) => {
  const words = wordsOf(text), { kinds } = tables.table;
  const fits = (card) => (!kinds.size || kinds.has(card[5])) && words.every((word) => cardWords(card).includes(word));
  const found = theMap.plane.cards.map((card) => (card[0] === "area" ? runsIn(card[7][0]).filter(fits).length : Number(card[0] === "run" && fits(card))));
  const counted = theMap.plane.cards.reduce((sum, card, number) => sum + (card[11] ? 0 : found[number]), 0);
  theMap.out = new Set(words.length || kinds.size ? theMap.cards.filter((_, number) => !found[number]).map((card) => card.dataset.run) : []);
  lightRun(null);
  if (words.length && counted) mapHits()[0].scrollIntoView({ block: "center" });
  return counted;
};

/** The cards that match the search and the filters. */
const mapHits = () => theMap.cards.filter((card) => !theMap.out.has(card.dataset.run) && !card.classList.contains("system"));

/** The arrow keys: right and left follow the lines, up and down go to the neighbour in the column. */
const walkMap = (event) => {
  const card = event.target.closest(".run");
  if (!card || event.target.closest(".others")) return;
  const key = card.dataset.run;
  const along = (from, to) => theMap.cards[theMap.lines.find((line) => line.dataset[from] === key && line.dataset[to] !== key)?.dataset[to]];
  const beside = (step) => {
    const column = theMap.cards.filter((one) => one.style.left === card.style.left);
    return column[column.indexOf(card) + step];
  };
  const moves = { ArrowRight: () => along("from", "to"), ArrowLeft: () => along("to", "from"), ArrowDown: () => beside(1), ArrowUp: () => beside(-1) };
  if (!(event.key in moves)) return;
  event.preventDefault();
  moves[event.key]()?.querySelector("a").focus();
};

const startMap = () => {
  const sheet = $("sheet"), lit = (event) => event.target.closest(".run")?.dataset.run ?? null;
  sheet.addEventListener("focusin", (event) => lightRun(lit(event)));
  sheet.addEventListener("focusout", () => lightRun(null));
  sheet.addEventListener("mouseover", (event) => lightRun(lit(event)));
  sheet.addEventListener("mouseleave", () => lightRun(null));
  sheet.addEventListener("keydown", walkMap);
  const on = (id, act) => $(id).addEventListener("click", act);
  on("map-farther", () => zoomMap(theMap.scale * 0.8));
  on("map-closer", () => zoomMap(theMap.scale * 1.25));
  on("map-read", readMap);
  on("map-fit", () => zoomMap(Math.min((sheet.clientWidth - 24) / theMap.plane.size[0], (sheet.clientHeight - 24) / theMap.plane.size[1], 1)));
};
