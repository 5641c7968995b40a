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

/** Where lines are shown outside the page: at the code host, or in an editor; null when the page knows none. */
const codeLink = (file, line, end) => {
  if (!META.links) return null;
  const { before, line: one, span, name } = META.links;
  const lines = one.replace("{first}", line) + (end > line ? span.replace("{last}", end) : "");
  const link = el("a", { href: `${before}${file.split("/").map(encodeURIComponent).join("/")}${lines}`, target: "_blank", rel: "noopener noreferrer" }, `Open in ${name}`);
  return /^(https|vscode|vscodium|cursor|idea|pycharm|zed):\/\//.test(link.href) ? link : null;
};

/** The source lines that a node rests on, with file, line and a link; `named` puts its name above them. */
const evidenceOf = (view, key, named) => {
  const { title, unit, line, end } = view.nodes[key], [file] = (view.units[unit] || "").split("::");
  const source = line ? sourceBlock(file, line, end) : null, link = line ? codeLink(file, line, end) : null;
  if (!source && !link) return [];
  const head = el("p", { className: "place" }, el("code", {}, `${file}:${line}${end > line ? `–${end}` : ""}`), ...(link ? [" ", link] : []));
  return [...(named ? [el("h3", {}, title)] : []), head, ...(source ? [source] : [])];
};

const factList = (facts) => el("dl", {}, ...facts.flatMap(([label, text, href]) => [
  el("dt", {}, label), el("dd", {}, href ? el("a", { href }, text) : text),
]));

/** The facts of a node; what it touches leads to everything that touches it. */
const linked = (facts) => facts.map(([label, text, key]) => [label, label === "Found by" ? foundBy(text) : text, key && systemHref(key.slice(0, key.indexOf(":")), key.slice(key.indexOf(":") + 1))]);

const linkList = (heading, keys, view, go, how) => {
  if (!keys.length) return [];
  const items = keys.map(([key, label]) => {
    const button = el("button", { className: "link", type: "button" }, view.nodes[key].title + (label ? ` (${label})` : ""));
    button.addEventListener("click", () => go(key));
    const item = el("li", {}, iconOf(view.nodes[key].kind, 11), button);
    if (how && label !== "inside") {
      const why = el("button", { className: "link why", type: "button" }, "why?");
      why.setAttribute("aria-label", `why? What the line to or from ${view.nodes[key].title} rests on`);
      why.addEventListener("click", () => how(key));
      item.append(why);
    }
    return item;
  });
  return [el("h3", {}, heading), el("ul", {}, ...items)];
};

const certainty = (percent) => (percent >= 100 ? "declared in code" : percent >= 80 ? `resolved (${percent} %)` : `inferred (${percent} %): check it`);

const closeButton = (close) => {
  const button = el("button", { type: "button" }, "Close");
  button.addEventListener("click", close);
  return button;
};

/** Questions about ways from and to a node. */
const questions = () => [["What leads here", () => ask("before")], ["What follows", () => ask("after")], [state.start === null ? "Way from here…" : "Way to here", markWay]].map(([text, act]) => {
  const button = el("button", { type: "button" }, text);
  button.addEventListener("click", act);
  return button;
});

/** Shows one node. `act` has: go, how, close, copy, toggle, calls, before, after. */
const showNode = (view, key, act) => {
  const { title, kind, words, unit, line, end, certain, evidence, facts, marks } = view.nodes[key];
  const [file, name] = (view.units[unit] || "").split("::");
  const head = el("span", { className: "kind" }, iconOf(kind), words);
  head.style.color = `var(--${kind})`;
  const copy = el("button", { type: "button" }, "Copy link");
  copy.addEventListener("click", () => act.copy(copy));
  const rows = [...badgeFacts(view, key), ...linked(facts), ["Certainty", certainty(certain)]];
  if (evidence || (line && !facts.some(([label]) => label === "Found by"))) rows.push(["Found by", evidence ? foundBy(evidence) : "the statement itself"]);
  if (name) rows.push(["In", name]);
  const code = evidenceOf(view, key, false);
  if (file && !code.length) rows.push(["Source", line ? `${file}:${line}` : file]);
  const calls = act.calls.map((caller) => [caller, ""]);
  const buttons = [copy];
  if (act.toggle) {
    const button = el("button", { type: "button" }, act.open ? "Fold" : "Open");
    button.addEventListener("click", act.toggle);
    buttons.unshift(button);
  }
  const tags = marks.map((mark) => el("span", { className: "badge" }, mark));
  const risks = view.about.findings.filter((one) => one[3] === view.units[unit] && one[4] === line);
  $("panel").replaceChildren(
    el("div", { className: "row" }, head, closeButton(act.close)), el("h2", {}, title), el("div", {}, ...tags), el("div", { className: "row buttons" }, ...buttons, ...questions()),
    ...risks.map((one) => el("p", { className: "warn" }, one[2])), factList(rows), ...code,
    ...linkList("Comes from", act.before, view, act.go, (other) => act.how(other, key)),
    ...linkList("Leads to", act.after, view, act.go, (other) => act.how(key, other)), ...linkList("Reached through", calls, view, act.go));
  $("panel").hidden = false;
  $("panel").scrollTop = 0;
};

/** Shows what is known of the whole workflow. */
const showAbout = (view, act) => {
  const about = view.about, place = (unit, line) => `${unit}${line ? `:${line}` : ""}`;
  const rows = [["Certainty", certainty(about.confidence)]];
  if (about.services.length) rows.unshift(["Services", about.services.join(", ")]);
  rows.push(["Touches", "Every service, table, store and queue", `${META.home || ""}#touches=${encodeURIComponent(view.id)}`]);
  if (about.truncated) rows.push(["Note", "Larger than the limit: some calls were left closed."]);
  const section = (heading, items) => (items.length ? [el("h3", {}, heading), el("ul", {}, ...items.map((item) => el("li", {}, ...item)))] : []);
  $("panel").replaceChildren(
    el("div", { className: "row" }, el("span", { className: "kind" }, "Workflow"), closeButton(act.close)), el("h2", {}, view.name), factList(rows),
    ...section("Findings", about.findings.map(([severity, rule, message, at, line]) => [el("span", { className: "badge" }, severity), ` ${message} `, el("small", {}, `${rule} · ${place(at, line)}`)])),
    ...section(`Could not be followed (${about.unresolved_count})`, about.unresolved.map(([what, reason, at, line]) => [`${what} `, el("small", {}, `${reason} · ${place(at, line)}`)])));
  $("panel").hidden = false;
};
