// The pane at the left: the story in sentences, the steps in order, what a run did, what changed. Text only.

const PANES = ["story", "outline", "events", "changes"];

/** Shows one of the panes, or none; the button of the one that is shown closes it. */
const showPane = (name) => {
  state.pane = name;
  for (const one of PANES) {
    $(one).hidden = one !== name;
    $(`open-${one}`).setAttribute("aria-expanded", String(one === name));
  }
  $("side").hidden = !name;
  redraw();
};

const stepButton = (key, text) => {
  const button = el("button", { type: "button", className: "step" }, text);
  button.dataset.key = key;
  return button;
};

/** Words of the story that lead to a step: a link, so that they break as text does. */
const stepLink = (key, text) => {
  const link = el("a", { className: "step", href: addressOf({ view: state.view, chosen: key }) }, text);
  link.dataset.key = key;
  return link;
};

/** Nested lists from pairs of a depth and an item. */
const nested = (pairs) => {
  const root = el("ul", {}), lists = [root];
  for (const [depth, item] of pairs) {
    while (lists.length > depth + 1) lists.pop();
    while (lists.length < depth + 1) {
      const inner = el("ul", {});
      (lists[lists.length - 1].lastElementChild || lists[lists.length - 1]).append(inner);
      lists.push(inner);
    }
    lists[depth].append(item);
  }
  return root;
};

const sentence = (flat, start, bands) => {
  const item = el("li", {});
  for (let i = 0; i < flat.length; i += 2) {
    const [text, place] = [flat[i], flat[i + 1]];
    const key = place >= 0 ? start + place : place < -1 ? state.view.bands[bands[-2 - place]].entries[0] : null;
    if (key === null) item.append(text);
    else {
      const spaces = /^\s*/.exec(text)[0], words = text.trim(), rest = text.slice(spaces.length + words.length);
      item.append(spaces, stepLink(key, words), rest);
    }
  }
  return item;
};

const fillStory = () => {
  const { view } = state, pieces = state.records[1];
  $("story").replaceChildren(...view.story.flatMap(([title, piece, bands], number) => {
    const start = view.bands[number].entries[0], head = el("h2", {}, stepLink(start, title));
    return [head, nested(pieces[piece - 1].map(([depth, flat]) => [depth, sentence(flat, start, bands)]))];
  }));
};

/** The steps as nested lists, in the order of the code. */
const fillOutline = () => {
  const pairs = [];
  state.view.nodes.forEach(({ title, kind, depth }, key) => {
    if (depth < 0) return;
    const button = kind === "lane" ? el("i", {}, title) : stepButton(key, ` ${title}`);
    if (kind !== "lane") button.prepend(iconOf(kind, 11));
    pairs.push([depth, el("li", {}, button)]);
  });
  $("outline").replaceChildren(nested(pairs));
};

const fillEvents = () => {
  const { run } = state.view;
  $("open-events").hidden = !run;
  if (!run) return;
  const rows = run.events.map(([key, status, since, lasted, attempt, text, place]) => {
    const what = key >= 0 ? stepButton(key, state.view.nodes[key].title) : el("span", {}, place, " ", el("small", {}, "no step of this workflow"));
    const about = [since && `at ${since}`, lasted && `took ${lasted}`, attempt > 1 && `try ${attempt}`, text].filter(Boolean).join(" · ");
    return el("li", {}, badgeOf(status), what, el("small", {}, about));
  });
  $("events").replaceChildren(el("h2", {}, run.title || "One run"), el("ol", { className: "timeline" }, ...rows));
};

const fillChanges = () => {
  const { changes } = state.view;
  $("open-changes").hidden = !changes;
  if (!changes) return;
  const rows = changes.rows.map(([key, kind, title, text, unit, line]) => {
    const place = unit ? `${unit.split("::")[0]}${line ? `:${line}` : ""}` : "";
    return el("li", {}, badgeOf(kind), key >= 0 ? stepButton(key, title) : el("span", {}, title), el("small", {}, [text, place].filter(Boolean).join(" · ")));
  });
  const head = changes.kind === "added" ? "This workflow is new" : `${changes.rows.length} ${changes.rows.length === 1 ? "change" : "changes"} since the earlier scan`;
  $("changes").replaceChildren(el("h2", {}, head), el("ul", { className: "timeline" }, ...rows));
};

/** Fills all panes for a view that was just read, and shows the one that says most where there is room. */
const fillSide = () => {
  fillStory();
  fillOutline();
  fillEvents();
  fillChanges();
  const first = state.view.run ? "events" : state.view.changes ? "changes" : "story";
  const fits = matchMedia("(min-width: 1100px)").matches;
  showPane(fits && (state.pane === undefined || state.pane === "events" || state.pane === "changes") ? first : fits ? state.pane : null);
};

/** Marks the chosen step in all panes, and brings it into sight in the one that is shown. */
const markInPanes = (key) => {
  for (const button of $("side").querySelectorAll("[aria-current]")) button.removeAttribute("aria-current");
  for (const button of $("side").querySelectorAll(`[data-key="${key}"]`)) button.setAttribute("aria-current", "true");
  if (!state.pane) return;
  $(state.pane).querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" });
};

const startSide = () => {
  for (const one of PANES) $(`open-${one}`).addEventListener("click", () => showPane(state.pane === one ? null : one));
  $("side").addEventListener("click", (event) => {
    const button = event.target.closest("[data-key]");
    if (!button || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    // On a phone the pane covers the diagram.
    if (matchMedia("(max-width: 760px)").matches) showPane(null);
    choose(Number(button.dataset.key));
  });
};
