// One workflow's view: what is chosen, opened and found in it, by pointer and by keyboard, and its legend. Nothing here computes
// a place: that is done in Python and put together in scene.js.

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
    if (state.hidden.size > 0 && state.hidden.has(state.view.nodes[key].kind)) return true;
    return Boolean(state.view.touched) && !bright && !state.view.badges.has(key) && 0.55;
  },
  strong: (line) => {
    if (state.line) return lineId(line) === lineId(state.line);
    if (state.lit) return line.source === state.chosen || line.target === state.chosen;
    return Boolean(state.view.touched) && state.view.touched.has(line.source) && state.view.touched.has(line.target);
  },
};

/** The card that stands for a node: itself, or what has to be opened to see it. */
const visible = (key) => {
  let at = key;
  while (at !== undefined && !state.scene.cards.has(at)) at = state.view.parentOf.get(at);
  return at;
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
  say(`${state.view.nodes[key].title} ${state.open.has(key) ? "opened" : "folded"}`);
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
  for (let at = state.view.nodes[key].parent; at >= 0; at = state.view.nodes[at].parent) if (state.view.nodes[at].kind === "call") found.push(at);
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
  if (!quiet) say(`${view.nodes[key].title}, ${view.nodes[key].words}`);
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
  for (const { kind, depth } of state.view.nodes) if (depth >= 0) counts[kind] = (counts[kind] || 0) + 1;
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
      const all = `${node.title} ${node.words} ${state.view.units[node.unit] || ""} ${node.facts.map((pair) => pair[1]).join(" ")}`.toLowerCase();
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
