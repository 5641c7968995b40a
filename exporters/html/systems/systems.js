// Everything that touches one system, and everything that one workflow touches: lists made of the page's data.

const MODES = ["reads", "writes", "uses"];
const FIRST_ROWS = 100, FIRST_STEPS = 6;
const systems = { data: null };

const systemData = () => {
  systems.data ||= readData("systems-data");
  return systems.data;
};

/** Name, kind, entry point and link of a workflow, as its row in the index says them. */
const workflowOf = (index) => {
  const row = $(`n${index + 1}`), link = row.querySelector("th a");
  return { name: link.textContent, href: link.getAttribute("href"), kind: row.dataset.kind, trigger: row.querySelector("[data-trigger]").textContent };
};

const stepHref = (index, unit, line) => {
  const mark = `s=${encodeURIComponent(`${unit}:${line}`)}`, href = workflowOf(index).href;
  return href.startsWith("#") ? `${href}&${mark}` : `${href}#${mark}`;
};
const systemHref = (kind, name) => `${META.home || ""}#system=${encodeURIComponent(`${kind}:${name}`)}`;
const shortPlace = (unit, line) => `${unit.split("::")[0].split("/").slice(-2).join("/")}:${line}`;

/** The first of many elements, and a button that adds the rest. */
const firstOf = (list, items, make, first, words) => {
  list.append(...items.slice(0, first).map(make));
  if (items.length <= first) return list;
  const more = el("button", { className: "link", type: "button" }, `${items.length - first} more ${items.length - first === 1 ? words.replace(/s$/, "") : words}`);
  const holder = list.tagName === "TBODY" ? el("tr", {}, el("td", { colSpan: 3 }, more)) : el("li", {}, more);
  more.addEventListener("click", () => {
    holder.replaceWith(...items.slice(first).map(make));
    list.querySelector("a, button")?.focus();
  });
  list.append(holder);
  return list;
};

/** Links to the steps of one workflow: flat numbers of unit, line, verb, mode. */
const stepList = (index, flat) => {
  const { texts } = systemData(), names = units(), items = [];
  for (let at = 0; at < flat.length; at += 4) items.push(flat.slice(at, at + 4));
  return firstOf(el("ul", { className: "steps" }), items, ([unit, line, verb, mode]) => el("li", {},
    el("a", { href: stepHref(index, names[unit], line), title: names[unit] }, `${texts[verb]}`), el("small", {}, ` ${MODES[mode]} · ${shortPlace(names[unit], line)}`)), FIRST_STEPS, "steps");
};

const listTable = (caption, heads, items, make, words) => {
  const body = firstOf(el("tbody", {}), items, make, FIRST_ROWS, words);
  const region = el("div", { className: "table", tabIndex: 0 }, el("table", {},
    el("caption", { className: "sr" }, caption), el("thead", {}, el("tr", {}, ...heads.map((head) => el("th", { scope: "col" }, head)))), body));
  region.setAttribute("role", "region");
  region.setAttribute("aria-label", caption);
  return region;
};

const plural = (count, word) => `${count.toLocaleString("en")} ${word}${count === 1 ? "" : "s"}`;

const placeList = (places) => {
  const { texts } = systemData(), names = units();
  return firstOf(el("ul", { className: "places" }), places, ([unit, line, verb, mode, percent, evidence, reached]) => {
    const [file, name] = names[unit].split("::");
    const about = [MODES[mode], name, percent < 100 ? `${percent} %` : "", texts[evidence], reached ? "" : "no workflow reaches it"];
    return el("li", {}, el("code", {}, `${file}:${line}`), ` ${texts[verb]} `, el("small", {}, about.filter(Boolean).join(" · ")));
  }, FIRST_ROWS, "places");
};

/** Everything that touches one system. */
const showSystem = (key) => {
  const found = systemData().systems.find(([kind, name]) => `${kind}:${name}` === key);
  if (!found) return false;
  const [, , label, words, steps, places] = found;
  $("detail").replaceChildren(
    el("h2", {}, label, " ", el("small", {}, words)),
    el("p", { className: "sub" }, `${plural(steps.length, "workflow")} ${steps.length === 1 ? "touches" : "touch"} it, from ${plural(places.length, "place")} in the code.`),
    ...(steps.length ? [listTable(`Workflows that touch ${label}`, ["Workflow", "Entry point", "Steps"], steps, ([index, ...flat]) => {
      const workflow = workflowOf(index);
      return el("tr", {}, el("th", { scope: "row" }, el("a", { href: workflow.href }, workflow.name)),
        el("td", {}, el("span", { className: "badge" }, workflow.kind), el("small", {}, workflow.trigger)), el("td", {}, stepList(index, flat)));
    }, "workflows")] : []),
    el("h3", {}, "Places in the code"), placeList(places));
  return label;
};

/** Everything that one workflow touches. */
const showTouches = (id) => {
  const index = (META.ids || META.workflows).indexOf(id);
  if (index < 0) return false;
  const workflow = workflowOf(index);
  const found = systemData().systems.flatMap((system) => system[4].filter(([one]) => one === index).map(([, ...flat]) => [system, flat]));
  $("detail").replaceChildren(
    el("h2", {}, el("a", { href: workflow.href }, workflow.name)), el("p", { className: "sub" }, `Touches ${plural(found.length, "system")}, from the services to the stores.`),
    listTable(`What ${workflow.name} touches`, ["Name", "Kind", "Steps"], found, ([[kind, name, label, words], flat]) => el("tr", {},
      el("th", { scope: "row" }, el("a", { href: systemHref(kind, name) }, label)), el("td", {}, el("span", { className: "badge" }, words)), el("td", {}, stepList(index, flat))), "systems"));
  return workflow.name;
};
