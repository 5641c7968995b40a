// Starts the page: theme, search field, keys that work everywhere, and the address, which says what is shown.

const root = document.documentElement;
const setTheme = (name) => {
  root.dataset.theme = name;
  readColors();
  redraw();
};

const inView = () => !$("view").hidden;
const inMap = () => !$("map").hidden;

const search = () => {
  const text = $("search").value;
  const count = inView() ? searchSteps(text) : inMap() ? filterMap(text) : filterRows(text);
  $("count").textContent = text.trim() || (!inView() && table.kinds.size) ? `${count} found` : "";
};

const route = () => {
  const [workflow, step] = ["w", "s"].map((name) => new URLSearchParams(location.hash.slice(1).replaceAll("+", "%2B")).get(name));
  const before = [inView(), inMap()].join();
  $("view").hidden = !workflow;
  $("index").hidden = Boolean(workflow);
  const shown = Boolean(workflow) && openView(workflow, step);
  $("view").hidden = !shown;
  $("index").hidden = shown;
  for (const element of document.querySelectorAll("[data-in]")) element.hidden = (element.dataset.in === "view") !== shown;
  if (shown && state.view) for (const id of ["fold", "unfold"]) $(id).hidden = !state.view.parentOf.size;
  const map = location.hash === "#map";
  $("map").hidden = !map;
  $("table").hidden = map;
  for (const link of document.querySelectorAll(".views a")) {
    if (link.hash === (map ? "#map" : "#table")) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  if (!shown) $("title").textContent = document.title;
  if ([shown, map].join() === before) return;
  if (shown || before.startsWith("true")) $("search").value = "";
  search();
};

const start = () => {
  document.body.className = "app";
  for (const element of document.querySelectorAll("[data-app]")) element.hidden = false;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  setTheme(dark.matches ? "dark" : "light");
  dark.addEventListener("change", () => setTheme(dark.matches ? "dark" : "light"));
  startIndex(search);
  startMap();
  const on = (id, act) => $(id).addEventListener("click", act);
  on("theme", () => setTheme(root.dataset.theme === "dark" ? "light" : "dark"));
  on("fit", fitView);
  on("read", readView);
  on("closer", () => zoomBy(1.25));
  on("farther", () => zoomBy(0.8));
  on("fold", () => toggleAll(false));
  on("unfold", () => toggleAll(true));
  on("about", () => {
    if (state.chosen !== null) choose(null);
    showAbout(state.view, { close: () => { $("panel").hidden = true; } });
  });
  on("steps", () => {
    $("outline").hidden = !$("outline").hidden;
    $("steps").setAttribute("aria-expanded", String(!$("outline").hidden));
  });
  $("outline").addEventListener("click", (event) => {
    const button = event.target.closest("[data-key]");
    if (button) choose(Number(button.dataset.key));
  });
  $("net").addEventListener("keydown", walk);
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
        choose(null);
        $("net").focus();
      }
    }
  });
  addEventListener("hashchange", route);
  addEventListener("beforeprint", () => {
    const theme = root.dataset.theme;
    setTheme("light");
    $("print").replaceChildren(...(inView() ? [svgOf(state.view, state.scene)] : []));
    setTheme(theme);
  });
  route();
};
start();
