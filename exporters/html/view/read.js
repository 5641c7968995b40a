// Reads the data of one view: cards by their own numbers, parents, who leads where, what is laid over.

/** What the numbers of a node's record are called: the fields of `Words` in words.py, in their order. */
const NODE = ["title", "kind", "words", "unit", "line", "end", "certain", "evidence", "facts", "marks", "inside"];

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
      const leaves = (key) => kind === "loop" && view.nodes[key].kind === "end" && view.nodes[key].words !== "jump";
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
  const add = (record, depth, parent) => view.nodes.push({ ...Object.fromEntries(NODE.map((name, at) => [name, record[at]])), depth, parent });
  for (const { body } of view.bands) {
    const [nodes] = pieces[body - 1];
    for (let i = 0; i < nodes.length; i += 3) add(records[nodes[i]], nodes[i + 1], nodes[i + 2] ? view.nodes.length - nodes[i + 2] : -1);
  }
  const heads = new Map(view.heads.map((choice, number) => [choice, view.nodes.length + number]));
  for (const choice of view.heads) view.nodes.push({ ...view.nodes[choice], inside: "", depth: -1, parent: choice });
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
    const unit = view.units[node.unit] || "", name = `${unit}:${node.line}`, file = unit.split("::")[0];
    const path = file.split("/"), short = path.slice(path[path.length - 1] === "__init__.py" ? -2 : -1).join("/");
    node.place = file ? `${short}${node.line ? `:${node.line}` : ""}` : "";
    if (node.kind === "entry") node.place = node.words;
    seen.set(name, (seen.get(name) || 0) + 1);
    return seen.get(name) > 1 ? `${name}.${seen.get(name)}` : name;
  });
  return view;
};
