// The canvas of a view: vis-network pans and zooms it and says where the pointer is; here is what it shows, and how far.

const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;

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
