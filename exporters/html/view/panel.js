// The side panel: what a card is, where it stands in the code, and what it rests on. Text only, never markup.

const $ = (id) => document.getElementById(id);

/** A new element; strings among the children become text. */
const el = (tag, properties, ...children) => {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
};

const iconOf = (kind, size = 14) => {
  const svg = SvgPen.make("svg", { viewBox: "0 0 16 16", width: size, height: size, "aria-hidden": "true" });
  svg.append(SvgPen.make("path", { d: ICON[kind], fill: `var(--${kind})`, "fill-rule": "evenodd" }));
  return svg;
};

const EXCERPTS = new Map();
/** The stored lines around a place in a file, as [first line, lines]; null when the page has none. */
const excerptOf = (file, line) => {
  if (!EXCERPTS.has(file)) EXCERPTS.set(file, readData(`file-${META.files.indexOf(file)}`) || []);
  return EXCERPTS.get(file).find(([first, lines]) => line >= first && line < first + lines.length) || null;
};

const sourceBlock = (file, line, end) => {
  const piece = excerptOf(file, line);
  if (!piece) return null;
  const [first, lines] = piece, from = Math.max(first, line - 4), to = Math.min(first + lines.length - 1, Math.min(end, line + 40) + 4);
  const pre = el("pre", { tabIndex: 0 });
  pre.setAttribute("aria-label", `Source, ${file} from line ${from}`);
  for (let number = from; number <= to; number++) {
    const row = el("span", { textContent: lines[number - first] || " " });
    row.dataset.line = number;
    if (number >= line && number <= end) row.className = "hit";
    pre.append(row);
  }
  return pre;
};

const factList = (facts) => el("dl", {}, ...facts.flatMap(([label, text]) => [el("dt", {}, label), el("dd", {}, text)]));

const linkList = (heading, keys, view, go) => {
  if (!keys.length) return [];
  const items = keys.map(([key, label]) => {
    const button = el("button", { className: "link", type: "button" }, view.nodes[key][0] + (label ? ` (${label})` : ""));
    button.addEventListener("click", () => go(key));
    return el("li", {}, iconOf(view.nodes[key][1], 11), button);
  });
  return [el("h3", {}, heading), el("ul", {}, ...items)];
};

const certainty = (percent) => (percent >= 100 ? "declared in code" : percent >= 80 ? `resolved (${percent} %)` : `inferred (${percent} %): check it`);

const closeButton = (close) => {
  const button = el("button", { type: "button" }, "Close");
  button.addEventListener("click", close);
  return button;
};

/** Shows one node. `act` has: go, close, copy, toggle, calls, before, after. */
const showNode = (view, key, act) => {
  const [title, kind, words, unit, line, end, percent, evidence, facts, marks] = view.nodes[key];
  const [file, name] = (view.units[unit] || "").split("::");
  const head = el("span", { className: "kind" }, iconOf(kind), words);
  head.style.color = `var(--${kind})`;
  const copy = el("button", { type: "button" }, "Copy link");
  copy.addEventListener("click", () => act.copy(copy));
  const rows = [...facts, ["Certainty", certainty(percent)]];
  if (evidence) rows.push(["Evidence", evidence]);
  if (name) rows.push(["In", name]);
  if (file) rows.push(["Source", line ? `${file}:${line}` : file]);
  const calls = act.calls.map((caller) => [caller, ""]);
  const buttons = [copy];
  if (act.toggle) {
    const button = el("button", { type: "button" }, act.open ? "Fold" : "Open");
    button.addEventListener("click", act.toggle);
    buttons.unshift(button);
  }
  const tags = marks.map((mark) => el("span", { className: "badge" }, mark));
  const source = line ? sourceBlock(file, line, end) : null;
  const risks = view.about.findings.filter((one) => one[3] === view.units[unit] && one[4] === line);
  $("panel").replaceChildren(
    el("div", { className: "row" }, head, closeButton(act.close)), el("h2", {}, title), el("div", {}, ...tags), el("div", { className: "row", style: "justify-content:flex-start" }, ...buttons),
    ...risks.map((one) => el("p", { className: "warn" }, one[2])), factList(rows), ...(source ? [source] : []),
    ...linkList("Comes from", act.before, view, act.go), ...linkList("Leads to", act.after, view, act.go), ...linkList("Reached through", calls, view, act.go));
  $("panel").hidden = false;
  $("panel").scrollTop = 0;
};

/** Shows what is known of the whole workflow. */
const showAbout = (view, act) => {
  const about = view.about, place = (unit, line) => `${unit}${line ? `:${line}` : ""}`;
  const rows = [["Certainty", certainty(about.confidence)]];
  if (about.services.length) rows.unshift(["Services", about.services.join(", ")]);
  if (about.truncated) rows.push(["Note", "Larger than the limit: some calls were left closed."]);
  const section = (heading, items) => (items.length ? [el("h3", {}, heading), el("ul", {}, ...items.map((item) => el("li", {}, ...item)))] : []);
  $("panel").replaceChildren(
    el("div", { className: "row" }, el("span", { className: "kind" }, "Workflow"), closeButton(act.close)), el("h2", {}, view.name), factList(rows),
    ...section("Findings", about.findings.map(([severity, rule, message, at, line]) => [el("span", { className: "badge" }, severity), ` ${message} `, el("small", {}, `${rule} · ${place(at, line)}`)])),
    ...section(`Could not be followed (${about.unresolved_count})`, about.unresolved.map(([what, reason, at, line]) => [`${what} `, el("small", {}, `${reason} · ${place(at, line)}`)])));
  $("panel").hidden = false;
};
