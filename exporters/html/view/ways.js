// Questions about ways: what leads to a step, what follows it, how one step reaches another.

/** All steps that are reached from one, along the flow or against it. */
const reach = (start, graph) => {
  const found = new Set([start]), queue = [start];
  while (queue.length) {
    for (const next of graph.get(queue.pop()) || []) {
      if (!found.has(next)) {
        found.add(next);
        queue.push(next);
      }
    }
  }
  return found;
};

/** The shortest way between two steps, both included; null when there is none. */
const shortest = (from, to, graph) => {
  const before = new Map([[from, null]]), queue = [from];
  for (let at = 0; at < queue.length; at++) {
    if (queue[at] === to) break;
    for (const next of graph.get(queue[at]) || []) {
      if (before.has(next)) continue;
      before.set(next, queue[at]);
      queue.push(next);
    }
  }
  if (!before.has(to)) return null;
  const way = [];
  for (let at = to; at !== null; at = before.get(at)) way.unshift(at);
  return way;
};

/** Lights the steps, and what stands for those that are folded away, and the frames around them. */
const light = (keys) => {
  state.lit = new Set();
  for (const one of keys) {
    state.lit.add(one);
    const shown = visible(one);
    if (shown !== undefined) state.lit.add(shown);
  }
  for (const frame of state.scene.frames) if (callsInside(frame).some((one) => state.lit.has(one))) state.lit.add(frame.key);
};

/** Lights only what leads to the chosen step (`before`), or only what follows it (`after`). */
const ask = (direction) => {
  const { view, chosen } = state;
  if (chosen === null) return;
  const found = reach(chosen, view.flow[direction]);
  light(found);
  const steps = found.size - 1, words = direction === "before" ? "lead here" : "follow";
  say(`${steps} ${steps === 1 ? "step" : "steps"} ${steps === 1 ? words.replace("lead", "leads").replace("follow", "follows") : words}`);
  redraw();
};

/** The first call remembers the chosen step as a beginning; the next one asks for the way from there. */
const markWay = () => {
  const { chosen } = state;
  if (chosen === null) return say("Choose a step first");
  if (state.start === null || state.start === chosen) {
    state.start = chosen;
    showStart();
    return say(`From ${state.view.nodes[chosen].title}: choose where to, and press P again`);
  }
  showWay(state.start, chosen);
};

/** The note over the canvas that says from which step a way is asked for. */
const showStart = () => {
  $("way").hidden = state.start === null;
  if (state.start !== null) $("way-from").textContent = state.view.nodes[state.start].title;
};

const forgetStart = () => {
  state.start = null;
  showStart();
};

/** Lights every way from one step to another and lists the shortest. */
const showWay = (from, to) => {
  const { view } = state, name = (key) => view.nodes[key].title;
  forgetStart();
  const after = reach(from, view.flow.after), before = reach(to, view.flow.before), on = [...after].filter((key) => before.has(key));
  const way = shortest(from, to, view.flow.after), back = way ? null : shortest(to, from, view.flow.after);
  Object.assign(state, { chosen: null, line: null, way: [from, to] });
  if (way) for (const key of way) uncover(key);
  light(way ? on : [from, to]);
  const steps = (way || []).map((key, at) => {
    const label = at ? (view.after.get(way[at - 1]) || []).find(([next]) => next === key)?.[1] : "";
    const button = el("button", { className: "link", type: "button" }, name(key));
    button.addEventListener("click", () => choose(key));
    return el("li", {}, iconOf(view.nodes[key].kind, 11), button, ...(label && label !== "inside" ? [el("small", {}, ` ${label}`)] : []));
  });
  const found = way ? `${way.length - 1} ${way.length === 2 ? "line" : "lines"} on the shortest way, ${on.length} steps on all ways` : "No way leads from the one to the other.";
  const copy = el("button", { type: "button" }, "Copy link"), turn = el("button", { type: "button" }, "Other way round");
  copy.addEventListener("click", () => copyLink(copy));
  turn.addEventListener("click", () => showWay(to, from));
  $("panel").replaceChildren(
    el("div", { className: "row" }, el("span", { className: "kind" }, "Way"), closeButton(() => { choose(null); $("net").focus(); })),
    el("h2", {}, `${name(from)} → ${name(to)}`), el("div", { className: "row buttons" }, copy, turn), el("p", {}, found),
    ...(back ? [el("p", {}, "The other way round there is one.")] : []), el("ol", { className: "way" }, ...steps));
  $("panel").hidden = false;
  $("panel").scrollTop = 0;
  setHash();
  say(`${name(from)} to ${name(to)}: ${found}`);
  requestAnimationFrame(() => { redraw(); reveal(from); });
};
