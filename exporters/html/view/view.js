// One workflow's view: the canvas (vis-network pans, zooms and finds the card under the pointer), selection,
// keyboard, search, legend. Nothing here computes a place: that is done in Python and put together in scene.js.

const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
const state = {
  view: null, scene: null, open: new Set(), hidden: new Set(), network: null, nodes: null,
  /** What is chosen: a step, or a line, or a way as [from, to]; and what is lit for it. */
  chosen: null, line: null, way: null, lit: null, hits: null,
  /** The step from which a way is asked for, and the pane at the left. */
  start: null, pane: undefined,
};

const look = {
  faint: (key) => {
    const bright = state.lit || state.hits;
    if (bright && !bright.has(key)) return true;
    if (state.hidden.size > 0 && state.hidden.has(state.view.nodes[key][1])) return true;
    return Boolean(state.view.touched) && !bright && !state.view.badges.has(key) && 0.55;
  },
  strong: (line) => {
    if (state.line) return lineId(line) === lineId(state.line);
    if (state.lit) return line.source === state.chosen || line.target === state.chosen;
    return Boolean(state.view.touched) && state.view.touched.has(line.source) && state.view.touched.has(line.target);
  },
};

/** A box with the cards' own numbers; in the data they count from the card that holds it, and odd ones are inner heads. */
const placedBox = ([width, height, cards, frames, routes, exits], owner, heads, pieces) => {
  const own = (number) => (number & 1 ? heads.get((number >> 1) + owner) : (number >> 1) + owner);
  return [
    width, height,
    cards.map(([number, x, y, cut, out, last, inside]) => [own(number), x, y, cut, out, last, inside ? placedBox(pieces[inside - 1], own(number), heads, pieces) : 0]),
    frames.map(([number, ...rest]) => [own(number), ...rest]),
    routes.map(([source, target, ...rest]) => [own(source), own(target), ...rest]),
    exits.map(own),
  ];
};

/** Where control may go from each step, for questions about ways: also out of open cards, and from a try to its handlers. */
const flowOf = (view) => {
  const flow = { after: new Map(), before: new Map() };
  const join = (source, target) => {
    for (const [map, key, other] of [[flow.after, source, target], [flow.before, target, source]]) {
      if (!map.has(key)) map.set(key, new Set());
      map.get(key).add(other);
    }
  };
  for (const [source, ways] of view.after) for (const [target] of ways) join(source, target);
  const read = (box, outer) => {
    for (const one of box[5]) for (const next of outer) join(one, next);
    for (const [frame, kind, , x, y, w, h] of box[3]) {
      const leaves = (key) => kind === "loop" && view.nodes[key][1] === "end" && view.nodes[key][2] !== "jump";
      for (const [key, cx, cy] of box[2]) if (cx >= x && cy >= y && cx < x + w && cy < y + h && !leaves(key)) join(key, frame);
    }
    for (const card of box[2]) {
      if (!card[6]) continue;
      const inner = card[6][2][0]?.[0];
      read(card[6], [...(flow.after.get(card[0]) || [])].filter((next) => next !== inner));
    }
  };
  for (const band of view.bands) read(band.box, []);
  return flow;
};

/** Adds to a freshly read view what the page derives from it: places in words, parents, who leads where. */
const prepare = (view) => {
  state.records ||= readData("records");
  const [records, pieces] = state.records;
  view.units = units();
  view.nodes = [];
  const add = (record, depth, parent) => view.nodes.push([...record.slice(0, 10), depth, parent, record[10]]);
  for (const { body } of view.bands) {
    const [nodes] = pieces[body - 1];
    for (let i = 0; i < nodes.length; i += 3) add(records[nodes[i]], nodes[i + 1], nodes[i + 2] ? view.nodes.length - nodes[i + 2] : -1);
  }
  const heads = new Map(view.heads.map((choice, number) => [choice, view.nodes.length + number]));
  for (const choice of view.heads) add([...view.nodes[choice].slice(0, 10), ""], -1, choice);
  for (const band of view.bands) band.box = placedBox(pieces[band.body - 1][1], band.entries[0], heads, pieces);
  view.parentOf = new Map();
  view.after = new Map();
  view.before = new Map();
  view.boxOf = new Map();
  const link = (source, target, label) => {
    for (const [map, key, other] of [[view.after, source, target], [view.before, target, source]]) {
      if (!map.has(key)) map.set(key, []);
      if (!map.get(key).some(([known]) => known === other)) map.get(key).push([other, label || ""]);
    }
  };
  const read = (box, owner) => {
    if (owner !== null && box[2].length) link(owner, box[2][0][0], "inside");
    for (const card of box[2]) {
      view.boxOf.set(card[0], owner);
      if (owner !== null) view.parentOf.set(card[0], owner);
      if (card[6]) read(card[6], card[0]);
    }
    for (const frame of box[3]) view.boxOf.set(frame[0], owner);
    for (const route of box[4]) link(route[0], route[1], route[4]);
  };
  for (const band of view.bands) read(band.box, null);
  for (const [source, band] of view.hops) link(source, view.bands[band].entries[0], "");
  view.flow = flowOf(view);
  prepareBadges(view);
  const seen = new Map();
  view.stepIds = view.nodes.map((node) => {
    const unit = view.units[node[3]] || "", name = `${unit}:${node[4]}`, file = unit.split("::")[0];
    const path = file.split("/"), short = path.slice(path[path.length - 1] === "__init__.py" ? -2 : -1).join("/");
    node.place = file ? `${short}${node[4] ? `:${node[4]}` : ""}` : "";
    if (node[1] === "entry") node.place = node[2];
    seen.set(name, (seen.get(name) || 0) + 1);
    return seen.get(name) > 1 ? `${name}.${seen.get(name)}` : name;
  });
  return view;
};

/** The card that stands for a node: itself, or what has to be opened to see it. */
const visible = (key) => {
  let at = key;
  while (at !== undefined && !state.scene.cards.has(at)) at = state.view.parentOf.get(at);
  return at;
};

const redraw = () => {
  if (!state.network) return;
  keepCorner();
  state.network.redraw();
};

/** Composes the scene again and hands it to the canvas, keeping `anchor` where it is on the screen. */
const recompose = (anchor) => {
  const before = anchor !== undefined && state.scene ? state.scene.cards.get(anchor) : null;
  state.scene = composeScene(state.view, state.open);
  const { scene, network } = state;
  state.nodes.clear();
  state.nodes.add([...scene.cards.values()].map((card) => ({
    id: card.key, x: card.x + S.cardWidth / 2, y: card.y + S.cardHeight / 2, shape: "custom", ctxRenderer: renderer, fixed: true,
  })));
  const after = before && scene.cards.get(anchor);
  if (after) {
    const at = network.getViewPosition();
    network.moveTo({ position: { x: at.x + after.x - before.x, y: at.y + after.y - before.y } });
  }
  $("canvas").dataset.cards = scene.cards.size;
};

const renderer = ({ ctx, id, state: { hover } }) => ({
  drawNode: () => {
    const card = state.scene.cards.get(id);
    if (!card) return;
    paintCard(ctx, card, state.view.nodes[id], { faint: look.faint(id), chosen: id === state.chosen, hover }, state.network.getScale());
    if (state.view.badges.has(id)) paintBadge(ctx, card, state.view.badges.get(id), state.network.getScale());
  },
  nodeDimensions: { width: S.cardWidth, height: S.cardHeight },
});

const createNetwork = () => {
  state.nodes = new vis.DataSet([]);
  state.network = new vis.Network($("net"), { nodes: state.nodes, edges: new vis.DataSet([]) }, {
    autoResize: false, physics: false, layout: { improvedLayout: false }, nodes: { chosen: false },
    interaction: { hover: true, dragNodes: false, keyboard: false, zoomView: matchMedia("(pointer: coarse)").matches, selectable: false, tooltipDelay: 1e9 },
  });
  state.network.on("beforeDrawing", (c) => state.scene && paintBehind(c, state.view, state.scene, look, state.network.getScale()));
  state.network.on("click", ({ pointer }) => clicked(pointer.canvas));
  state.network.on("doubleClick", ({ pointer }) => {
    const key = cardAt(pointer.canvas);
    if (key !== undefined) toggle(key);
  });
  state.network.on("dragEnd", clampView);
  new ResizeObserver(keepCorner).observe($("net"));
  $("net").addEventListener("wheel", wheel, { passive: false, capture: true });
};

/** When the panel opens, the canvas gets smaller: what is drawn keeps its size and its place at the left. */
const keepCorner = () => {
  const { network, size: before } = state, box = $("net").getBoundingClientRect();
  if (!box.width || (before && before.width === box.width && before.height === box.height)) return;
  const scale = network.getScale(), at = network.getViewPosition();
  network.setSize("100%", "100%");
  network.redraw();
  state.size = box;
  if (before) network.moveTo({ scale, position: at });
};

const cardAt = ({ x, y }) => {
  for (const card of state.scene.cards.values()) {
    if (x >= card.x && x <= card.x + S.cardWidth && y >= card.y && y <= card.y + S.cardHeight) return card.key;
  }
  const frame = state.scene.frames.find((one) => x >= one.x && x <= one.x + one.w && y >= one.y && y <= one.y + 24);
  return frame && frame.key;
};

const clicked = (point) => {
  const key = cardAt(point), card = state.scene.cards.get(key);
  if (card && card.inside && point.x > card.x + S.cardWidth - 34) return toggle(key);
  const drawer = state.scene.drawers.find((one) => point.x >= one.x && point.x <= one.x + one.w && point.y >= one.y && point.y <= one.y + S.drawerHead);
  if (key === undefined && drawer) return choose(drawer.key);
  const line = key === undefined ? lineAt(point) : null;
  if (line) return chooseLine(line);
  choose(key === undefined ? null : key);
};

const wheel = (event) => {
  event.preventDefault();
  event.stopPropagation();
  const { network } = state, zoom = network.getScale(), at = network.getViewPosition();
  const unit = event.deltaMode === 1 ? 30 : 1;
  if (!event.ctrlKey && !event.metaKey) {
    const [dx, dy] = event.shiftKey ? [event.deltaY, 0] : [event.deltaX, event.deltaY];
    network.moveTo({ position: { x: at.x + (dx * unit) / zoom, y: at.y + (dy * unit) / zoom } });
    return clampView();
  }
  const box = $("net").getBoundingClientRect(), next = Math.min(2.5, Math.max(0.05, zoom * Math.exp(-event.deltaY * unit * 0.002)));
  const [px, py] = [event.clientX - box.left - box.width / 2, event.clientY - box.top - box.height / 2];
  network.moveTo({ scale: next, position: { x: at.x + px / zoom - px / next, y: at.y + py / zoom - py / next } });
};

/** Keeps some of the drawing in sight. */
const clampView = () => {
  const at = state.network.getViewPosition(), { w, h } = state.scene;
  const x = Math.min(Math.max(at.x, 0), w), y = Math.min(Math.max(at.y, 0), h);
  if (x !== at.x || y !== at.y) state.network.moveTo({ position: { x, y } });
};

const zoomBy = (factor) => state.network.moveTo({ scale: Math.min(2.5, Math.max(0.05, state.network.getScale() * factor)) });

/** Fits the width as long as the text stays readable, and starts at the top left. */
const readView = () => {
  const box = $("net").getBoundingClientRect(), { w, h } = state.scene;
  const scale = Math.min(1.2, Math.max(S.openScale, (box.width - 24) / w));
  const x = Math.max(w / 2, 0), wide = w * scale + 24 > box.width;
  state.network.moveTo({ scale, position: { x: wide ? (box.width / 2 - 12) / scale : x, y: Math.min((box.height / 2 - 4) / scale, Math.max(h / 2, (box.height / 2 - 4) / scale)) } });
};

const fitView = () => {
  const box = $("net").getBoundingClientRect(), { w, h } = state.scene;
  state.network.moveTo({ scale: Math.min((box.width - 24) / w, (box.height - 16) / h, 1.2), position: { x: w / 2, y: h / 2 } });
};

/** Moves the view only as far as is needed to see a card with some room around it. */
const reveal = (key) => {
  const area = state.scene.cards.get(key) || state.scene.frames.find((one) => one.key === key);
  if (!area) return;
  const box = $("net").getBoundingClientRect(), { network } = state, at = network.getViewPosition();
  const scale = Math.max(network.getScale(), 0.8), halfW = box.width / 2 / scale, halfH = box.height / 2 / scale;
  const move = (low, high, middle, half) => {
    if (high - low > 2 * half) return low + half;
    return low < middle - half ? low + half : high > middle + half ? high - half : middle;
  };
  const x = move(area.x - 40, area.x + S.cardWidth + 40, at.x, halfW), y = move(area.y - 60, area.y + S.cardHeight + 120 / scale, at.y, halfH);
  network.moveTo({ scale, position: { x, y }, animation: calm ? false : { duration: 180, easingFunction: "easeInOutQuad" } });
};

/** Opens everything around a node, so that it can be seen. */
const uncover = (key) => {
  let changed = false;
  for (let at = state.view.parentOf.get(key); at !== undefined; at = state.view.parentOf.get(at)) {
    changed = !state.open.has(at) || changed;
    state.open.add(at);
  }
  if (changed) recompose();
};

const toggle = (key) => {
  const card = state.scene.cards.get(key);
  if (!card || !card.inside) return;
  if (state.open.has(key)) state.open.delete(key);
  else state.open.add(key);
  recompose(key);
  say(`${state.view.nodes[key][0]} ${state.open.has(key) ? "opened" : "folded"}`);
  if (state.chosen !== null) choose(visible(state.chosen) ?? state.chosen, { still: true });
  else choose(null);
};

const toggleAll = (all) => {
  state.open = new Set(all ? state.view.parentOf.values() : []);
  recompose();
  if (state.chosen !== null) choose(visible(state.chosen) ?? null);
  readView();
};

const say = (text) => { $("live").textContent = text; };

/** The calls whose bodies hold a node, the nearest first. */
const callersOf = (key) => {
  const found = [];
  for (let at = state.view.nodes[key][11]; at >= 0; at = state.view.nodes[at][11]) if (state.view.nodes[at][1] === "call") found.push(at);
  return found;
};

/** Selects a node (or nothing): lights what leads to it and what follows, and fills the panel. */
const choose = (key, { still = false, quiet = false } = {}) => {
  const { view } = state;
  Object.assign(state, { chosen: key, line: null, way: null, lit: null });
  if (key === null) {
    $("panel").hidden = true;
    markInPanes(-1);
    setHash();
    return redraw();
  }
  uncover(key);
  light([...reach(key, view.flow.after), ...reach(key, view.flow.before)]);
  const card = state.scene.cards.get(key);
  showNode(view, key, {
    go: choose, how: chooseLineBetween, close: () => { choose(null); $("net").focus(); }, copy: copyLink, calls: callersOf(key),
    toggle: card && card.inside ? () => toggle(key) : null, open: state.open.has(key),
    before: view.before.get(key) || [], after: view.after.get(key) || [],
  });
  markInPanes(key);
  setHash();
  if (!quiet) say(`${view.nodes[key][0]}, ${view.nodes[key][2]}`);
  requestAnimationFrame(() => {
    redraw();
    if (!still) reveal(key);
  });
};

const callsInside = (frame) => [...state.scene.cards.values()].filter((card) => card.x >= frame.x && card.y >= frame.y && card.x < frame.x + frame.w && card.y < frame.y + frame.h).map((card) => card.key);

/** The nearest card in a direction, for the arrow keys that don't follow a line. */
const nearest = (key, down) => {
  const from = state.scene.cards.get(key);
  let best = null, least = Infinity;
  for (const card of state.scene.cards.values()) {
    const dy = down ? card.y - from.y : from.y - card.y, cost = dy + Math.abs(card.x - from.x) * 0.4;
    if (dy > 8 && cost < least) [best, least] = [card.key, cost];
  }
  return best;
};

const walk = (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || !state.view) return;
  const key = state.chosen === null ? null : visible(state.chosen) ?? null, first = state.view.bands[0].entries[0];
  const along = (graph) => {
    const ways = (graph.get(key) || []).map(([one]) => visible(one)).filter((one) => one !== undefined && one !== key);
    return ways.find((one) => state.scene.cards.get(one).y === state.scene.cards.get(key).y) ?? ways[0];
  };
  const moves = {
    ArrowRight: () => along(state.view.after), ArrowLeft: () => along(state.view.before),
    ArrowDown: () => nearest(key, true), ArrowUp: () => nearest(key, false), Home: () => first,
  };
  if (event.key in moves) {
    event.preventDefault();
    const next = key === null ? first : moves[event.key]();
    if (next !== undefined && next !== null) choose(next);
  } else if ((event.key === "Enter" || event.key === " ") && key !== null) {
    event.preventDefault();
    toggle(key);
  } else if (event.key === "+" || event.key === "=") zoomBy(1.2);
  else if (event.key === "-") zoomBy(1 / 1.2);
  else if (event.key === "0") readView();
  else if (event.key === "b") ask("before");
  else if (event.key === "f") ask("after");
  else if (event.key === "p") markWay();
};

const fillLegend = () => {
  const counts = {};
  for (const [, kind, , , , , , , , , depth] of state.view.nodes) if (depth >= 0) counts[kind] = (counts[kind] || 0) + 1;
  $("chips").replaceChildren(...Object.keys(KINDS).filter((kind) => counts[kind]).map((kind) => {
    const chip = el("button", { className: "chip", type: "button" }, iconOf(kind), `${KINDS[kind][0]} ${counts[kind]}`);
    chip.setAttribute("aria-pressed", "true");
    chip.addEventListener("click", () => {
      if (state.hidden.has(kind)) state.hidden.delete(kind);
      else state.hidden.add(kind);
      chip.setAttribute("aria-pressed", String(!state.hidden.has(kind)));
      redraw();
    });
    return chip;
  }), ...badgeChips(state.view));
};

/** Search in a view: lights the steps whose words match; Enter goes from one to the next. */
const searchSteps = (text) => {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  state.hits = null;
  state.found = [];
  if (words.length) {
    state.view.nodes.forEach((node, key) => {
      if (!state.view.boxOf.has(key)) return;
      const all = `${node[0]} ${node[2]} ${state.view.units[node[3]] || ""} ${node[8].map((pair) => pair[1]).join(" ")}`.toLowerCase();
      if (words.every((word) => all.includes(word))) state.found.push(key);
    });
    state.hits = new Set(state.found.flatMap((key) => [key, visible(key)]));
  }
  redraw();
  return state.found.length;
};

const nextHit = () => {
  if (!state.found || !state.found.length) return;
  choose(state.found[(state.found.indexOf(state.chosen) + 1) % state.found.length]);
};

/** Shows a workflow, and in it what the address names. */
const openView = (workflow, address) => {
  const index = META.workflows.indexOf(workflow);
  if (index < 0) return false;
  if (!state.view || state.view.id !== workflow) {
    state.view = prepare(readData(`workflow-${index}`));
    Object.assign(state, { scene: null, open: new Set(state.view.open), chosen: null, line: null, way: null, lit: null, hits: null, hidden: new Set() });
    $("panel").hidden = true;
    forgetStart();
    if (!state.network) createNetwork();
    recompose();
    fillSide();
    keepCorner();
    fillLegend();
    readView();
  }
  $("title").textContent = state.view.name;
  $("fold").hidden = $("unfold").hidden = !state.view.parentOf.size;
  chooseFromAddress(address);
  return true;
};

/** What the buttons of the view do. */
const startView = () => {
  const on = (id, act) => $(id).addEventListener("click", act);
  on("fit", fitView);
  on("read", readView);
  on("closer", () => zoomBy(1.25));
  on("farther", () => zoomBy(0.8));
  on("fold", () => toggleAll(false));
  on("unfold", () => toggleAll(true));
  on("save-svg", saveSvg);
  on("save-png", savePng);
  on("print-view", () => print());
  on("way-stop", forgetStart);
  on("about", () => {
    if (state.chosen !== null) choose(null);
    showAbout(state.view, { close: () => { $("panel").hidden = true; } });
  });
  $("net").addEventListener("keydown", walk);
  startSide();
};
