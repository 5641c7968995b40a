// Lines as things of their own: finding the one under the pointer, and what each rests on.

const WAYS = { branch: "Way of a decision", part: "Part of a fan", error: "On an error", compensate: "Undone on an error", hop: "Hand-over", inline: "Hand-over before the call returns" };

const lineId = (line) => `${line.source}>${line.target}`;

/** How far a point is from a line; lines are upright or flat. */
const distance = (line, { x, y }) => {
  let least = Infinity;
  for (let i = 1; i < line.points.length; i++) {
    const [[ax, ay], [bx, by]] = [line.points[i - 1], line.points[i]];
    const dx = Math.max(Math.min(ax, bx) - x, 0, x - Math.max(ax, bx)), dy = Math.max(Math.min(ay, by) - y, 0, y - Math.max(ay, by));
    least = Math.min(least, Math.hypot(dx, dy));
  }
  return least;
};

/** The line under a point; one that an open card hides is none. */
const lineAt = (point) => {
  const near = 7 / Math.max(0.5, state.network.getScale()), { scene } = state;
  const over = scene.drawers.filter((one) => point.x >= one.x && point.x <= one.x + one.w && point.y >= one.y && point.y <= one.y + one.h);
  const depth = Math.max(-1, ...over.map((one) => one.depth)) + 1;
  let best = null, least = near;
  for (const line of [...scene.hops, ...scene.routes.filter((one) => one.depth === depth)]) {
    const far = distance(line, point);
    if (far < least) [best, least] = [line, far];
  }
  return best;
};

const certaintyOf = (view, line) => {
  const hand = view.nodes[line.from ?? line.source];
  return line.style === "hop" || line.style === "inline" ? hand : view.nodes[line.target].certain < hand.certain ? view.nodes[line.target] : hand;
};

/** Shows what a line says: where it comes from and leads to, when it is taken, the lines of code on both ends. */
const showLine = (view, line, act) => {
  const source = line.from ?? line.source, hop = line.style === "hop" || line.style === "inline";
  const [from, to] = [view.nodes[source], view.nodes[line.target]], sure = certaintyOf(view, line);
  const rows = [["From", from.title], ["To", to.title]];
  if (line.label) rows.push(["When", line.label]);
  if (hop) rows.push(["When", line.style === "inline" ? "before the call returns" : "later, in another process or thread"]);
  for (const [label, text] of from.facts) if (["Condition", "Handles", "Carried by", "After", "With"].includes(label) && (line.label || hop)) rows.push([label, text]);
  rows.push(["Certainty", certainty(sure.certain)]);
  rows.push(["Found by", sure.evidence ? foundBy(sure.evidence) : hop ? "the call that hands over" : "the order of the code"]);
  const copy = el("button", { type: "button" }, "Copy link");
  copy.addEventListener("click", () => act.copy(copy));
  const goes = [["From", source], ["To", line.target]].map(([word, key]) => {
    const button = el("button", { type: "button" }, `${word}: ${view.nodes[key].title}`);
    button.addEventListener("click", () => act.go(key));
    return button;
  });
  const head = el("span", { className: "kind" }, WAYS[line.style] || "Goes on to");
  head.style.color = `var(--${(LINES[line.style] || LINES[""])[2]})`;
  const code = [source, line.target].flatMap((key) => evidenceOf(view, key, true));
  $("panel").replaceChildren(
    el("div", { className: "row" }, head, closeButton(act.close)), el("h2", {}, `${from.title} → ${to.title}`),
    el("div", { className: "row buttons" }, ...goes, copy), factList(rows), ...code);
  $("panel").hidden = false;
  $("panel").scrollTop = 0;
};

/** Selects a line. */
const chooseLine = (line) => {
  const { view } = state;
  Object.assign(state, { chosen: null, line, way: null, lit: new Set([line.source, line.target]) });
  markInPanes(-1);
  showLine(view, line, { go: choose, close: () => { choose(null); $("net").focus(); }, copy: copyLink });
  setHash();
  say(`Line from ${view.nodes[line.source].title} to ${view.nodes[line.target].title}`);
  requestAnimationFrame(redraw);
};

/** The line between two nodes, wherever it is; what hides it is opened. */
const chooseLineBetween = (source, target) => {
  uncover(source);
  uncover(target);
  const line = [...state.scene.routes, ...state.scene.hops].find((one) => (one.from ?? one.source) === source && one.target === target);
  if (line) chooseLine(line);
  return Boolean(line);
};
