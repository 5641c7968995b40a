// The run map: shows what a card hands work to and gets it from, and follows the search and the filters of the index.

const runMap = { cards: new Map(), lines: [], groups: [] };

/** All runs before or after one. */
const mapReach = (start, from, to) => {
  const found = new Set([start]), queue = [start];
  while (queue.length) {
    const at = queue.pop();
    for (const line of runMap.lines) {
      if (line.dataset[from] === at && !found.has(line.dataset[to])) {
        found.add(line.dataset[to]);
        queue.push(line.dataset[to]);
      }
    }
  }
  return found;
};

/** Lights a run with all that leads to it and all that follows; nothing when `run` is null. */
const lightRun = (run) => {
  const after = run && mapReach(run, "from", "to"), before = run && mapReach(run, "to", "from");
  for (const [key, card] of runMap.cards) card.classList.toggle("faint", Boolean(run) ? !after.has(key) && !before.has(key) : runMap.out.has(key));
  for (const line of runMap.lines) {
    const { from, to } = line.dataset;
    const lit = Boolean(run) && ((after.has(from) && after.has(to)) || (before.has(from) && before.has(to)));
    line.classList.toggle("lit", lit);
    line.classList.toggle("faint", run ? !lit : runMap.out.has(from) || runMap.out.has(to));
  }
};

/** Dims the runs that don't match, hides groups without a match and opens those with one; returns the matches. */
const filterMap = (text) => {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean), active = words.length > 0 || tables.table.kinds.size > 0;
  let left = 0;
  runMap.out = new Set();
  for (const group of runMap.groups) {
    let here = 0;
    for (const card of group.querySelectorAll(".run")) {
      const fits = (!tables.table.kinds.size || tables.table.kinds.has(card.dataset.kind)) && words.every((word) => card.dataset.words.includes(word));
      if (!fits) runMap.out.add(card.dataset.run);
      here += fits;
    }
    group.hidden = !here;
    group.open = active ? here > 0 && (group.dataset.first === "1" || left < 60) : group.dataset.first === "1";
    left += here;
  }
  lightRun(null);
  if (words.length && left) mapHits()[0].scrollIntoView({ block: "center" });
  return left;
};

/** The cards that match the search and the filters, from the best group on. */
const mapHits = () => [...runMap.cards].filter(([key]) => !runMap.out.has(key)).map(([, card]) => card);

/** The arrow keys: right and left follow the lines, up and down go to the neighbour in the column. */
const walkMap = (event) => {
  const card = event.target.closest(".run");
  if (!card || event.target.closest(".others")) return;
  const key = card.dataset.run;
  const along = (from, to) => runMap.cards.get(runMap.lines.find((line) => line.dataset[from] === key && line.dataset[to] !== key)?.dataset[to]);
  const beside = (step) => {
    const column = [...card.parentElement.querySelectorAll(".run")].filter((one) => one.style.left === card.style.left);
    return column[column.indexOf(card) + step];
  };
  const moves = { ArrowRight: () => along("from", "to"), ArrowLeft: () => along("to", "from"), ArrowDown: () => beside(1), ArrowUp: () => beside(-1) };
  if (!(event.key in moves)) return;
  event.preventDefault();
  moves[event.key]()?.querySelector("a").focus();
};

const startMap = () => {
  const map = $("map");
  runMap.groups = [...map.querySelectorAll(".runs")];
  runMap.lines = [...map.querySelectorAll("path[data-from]")];
  for (const card of map.querySelectorAll(".run")) runMap.cards.set(card.dataset.run, card);
  for (const group of runMap.groups) group.dataset.first = group.open ? "1" : "0";
  runMap.out = new Set();
  const lit = (event) => event.target.closest(".run")?.dataset.run ?? null;
  map.addEventListener("focusin", (event) => lightRun(lit(event)));
  map.addEventListener("focusout", () => lightRun(null));
  map.addEventListener("mouseover", (event) => lightRun(lit(event)));
  map.addEventListener("mouseleave", () => lightRun(null));
  map.addEventListener("keydown", walkMap);
};
