// Starts the page: theme, search field, keys that work everywhere, and the address, which says what is shown.

const root = document.documentElement;
const setTheme = (name) => {
  root.dataset.theme = name;
  readColors();
  redraw();
};

const inView = () => !$("view").hidden;
const inMap = () => Boolean($("map")) && !$("map").hidden;

/** The section of the index that is shown, by its id. */
let shownSection = "table";
const SECTIONS = ["table", "map", "systems", "findings", "gaps", "detail"];

const search = () => {
  const text = $("search").value, table = tables[shownSection];
  const count = inView() ? searchSteps(text) : inMap() ? filterMap(text) : table ? filterRows(table, text) : 0;
  const picked = !inView() && (inMap() ? tables.table : table)?.kinds.size;
  $("count").textContent = text.trim() || picked ? `${count} found` : "";
};

/** Shows one section of the index; which one the address says. Returns its title, if it has one of its own. */
const routeIndex = (address) => {
  if (!$("index")) return "";
  const system = address.get("system"), touches = address.get("touches"), plain = location.hash.slice(1);
  const title = system !== null ? showSystem(system) : touches !== null ? showTouches(touches) : "";
  shownSection = title ? "detail" : address.has("map") ? "map" : address.has("findings") ? "findings" : SECTIONS.includes(plain) ? plain : "table";
  for (const id of SECTIONS) $(id).hidden = id !== shownSection;
  if (shownSection === "map" && !showArea(address.get("map") || "")) showArea("");
  if (shownSection === "findings") findingsOf(address.get("findings"));
  const tab = shownSection === "detail" ? (system !== null ? "systems" : "table") : shownSection;
  for (const link of document.querySelectorAll(".views a")) {
    if (link.hash === `#${tab}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  return title;
};

const route = () => {
  const address = new URLSearchParams(location.hash.slice(1).replaceAll("+", "%2B"));
  const workflow = address.get("w") ?? META.only ?? (location.hash.length > 1 ? null : META.first), before = inView() ? "view" : shownSection;
  const show = (view) => {
    $("view").hidden = !view;
    if ($("index")) $("index").hidden = view;
  };
  if (META.ids?.includes(workflow)) {
    address.delete("w");
    location.replace(`${workflowOf(META.ids.indexOf(workflow)).href}#${address}`);
    return;
  }
  show(Boolean(workflow));
  const shown = Boolean(workflow) && openView(workflow, address);
  show(shown);
  for (const element of document.querySelectorAll("[data-in]")) element.hidden = (element.dataset.in === "view") !== shown;
  if (shown && state.view) for (const id of ["fold", "unfold"]) $(id).hidden = !state.view.parentOf.size;
  const title = shown ? "" : routeIndex(address);
  if (!shown) $("title").textContent = document.title;
  if (title) say(title);
  if (title || before !== (shown ? "view" : shownSection)) {
    $("search").value = "";
    if (!shown && $("index")) $("index").scrollTop = 0;
  }
  search();
};

const start = () => {
  document.body.className = "app";
  for (const element of document.querySelectorAll("[data-app]")) element.hidden = false;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  setTheme(dark.matches ? "dark" : "light");
  dark.addEventListener("change", () => setTheme(dark.matches ? "dark" : "light"));
  if ($("index")) startIndex(search);
  const on = (id, act) => $(id).addEventListener("click", act);
  on("theme", () => setTheme(root.dataset.theme === "dark" ? "light" : "dark"));
  startView();
  $("search").addEventListener("input", search);
  $("search").addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    if (inView()) nextHit();
    else if (inMap()) mapHits()[0]?.querySelector("a").focus();
  });
  addEventListener("keydown", (event) => {
    const typing = event.target instanceof HTMLInputElement;
    if (event.key === "/" && !typing) {
      event.preventDefault();
      $("search").focus();
    } else if (event.key === "Escape") {
      $("search").value = "";
      search();
      if (inView()) {
        forgetStart();
        choose(null);
        $("net").focus();
      }
    }
  });
  addEventListener("hashchange", route);
  addEventListener("beforeprint", () => {
    const theme = root.dataset.theme;
    setTheme("light");
    $("print").replaceChildren(...(inView() ? printed() : inMap() ? printedMap() : []));
    document.body.classList.toggle("paper", $("print").childElementCount > 0);
    setTheme(theme);
  });
  route();
};
start();
