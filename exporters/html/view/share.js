// What leaves the page: a link to what is chosen, a picture of the view. Nothing is sent anywhere.

/** The address of what is chosen: a step, a line, or a way between two steps. */
const addressOf = ({ view, chosen, line, way }) => {
  const id = (key) => encodeURIComponent(view.stepIds[key]);
  const parts = [`w=${encodeURIComponent(view.id)}`];
  if (chosen !== null) parts.push(`s=${id(chosen)}`);
  else if (line) parts.push(`s=${id(line.from ?? line.source)}`, `t=${id(line.target)}`);
  else if (way) parts.push(`from=${id(way[0])}`, `to=${id(way[1])}`);
  return `#${parts.join("&")}`;
};

const setHash = () => {
  const hash = addressOf(state);
  if (location.hash !== hash) history.replaceState(null, "", hash);
};

/** Chooses what the address names, where it is not chosen yet. */
const chooseFromAddress = (address) => {
  const key = (name) => (address.has(name) ? state.view.stepIds.indexOf(address.get(name)) : -1);
  const [step, target, from, to] = ["s", "t", "from", "to"].map(key);
  if (from >= 0 && to >= 0) return showWay(from, to);
  if (step >= 0 && target >= 0 && chooseLineBetween(step, target)) return;
  if (step >= 0 && step !== state.chosen) choose(step, { quiet: true });
};

const copyLink = async (button) => {
  try {
    await navigator.clipboard.writeText(location.href);
    button.textContent = "Copied";
  } catch {
    const field = el("input", { value: location.href, readOnly: true });
    field.setAttribute("aria-label", "Link to this");
    button.replaceWith(field);
    field.select();
  }
};

const save = (blob, ending) => {
  const name = state.view.name.replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-|-$/g, "").slice(0, 60) || "workflow";
  const link = el("a", { href: URL.createObjectURL(blob), download: `${name}.${ending}` });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  say(`Saved ${link.download}`);
};

const saveSvg = () => {
  const svg = svgOf(state.view, state.scene);
  svg.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  svg.prepend(SvgPen.make("rect", { width: state.scene.w, height: state.scene.h, fill: COLORS.bg }));
  save(new Blob([new XMLSerializer().serializeToString(svg)], { type: "image/svg+xml" }), "svg");
};

/** Painted anew on a canvas of its own, twice as fine where a browser allows so large a picture. */
const savePng = () => {
  const { scene, view } = state, most = 8000;
  const scale = Math.min(2, most / scene.w, most / scene.h);
  const canvas = el("canvas", { width: Math.ceil(scene.w * scale), height: Math.ceil(scene.h * scale) }), c = canvas.getContext("2d");
  c.scale(scale, scale);
  c.fillStyle = COLORS.bg;
  c.fillRect(0, 0, scene.w, scene.h);
  paintAll(c, view, scene);
  canvas.toBlob((blob) => blob && save(blob, "png"), "image/png");
};
