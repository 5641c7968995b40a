// The index: sorting and filtering of a table that is complete without either.

const table = { body: null, rows: [], kinds: new Set() };

const sortBy = (button) => {
  const head = button.closest("th"), column = [...head.parentElement.children].indexOf(head);
  const numeric = head.dataset.sort === "number", first = numeric ? "descending" : "ascending";
  const order = head.getAttribute("aria-sort") === first ? (numeric ? "ascending" : "descending") : first;
  for (const other of head.parentElement.children) other.removeAttribute("aria-sort");
  head.setAttribute("aria-sort", order);
  const value = (row) => row.children[column].dataset.value ?? row.children[column].textContent.trim().toLowerCase();
  const sign = order === "ascending" ? 1 : -1;
  const compare = numeric ? (a, b) => Number(value(a)) - Number(value(b)) : (a, b) => value(a).localeCompare(value(b));
  table.rows.sort((a, b) => sign * compare(a, b) || Number(a.dataset.rank) - Number(b.dataset.rank));
  table.body.append(...table.rows);
};

/** Hides the rows that don't match; returns how many are left. */
const filterRows = (text) => {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  let left = 0;
  for (const row of table.rows) {
    const fits = (!table.kinds.size || table.kinds.has(row.dataset.kind)) && words.every((word) => row.dataset.words.includes(word));
    row.hidden = !fits;
    left += fits;
  }
  return left;
};

const startIndex = (changed) => {
  table.body = $("workflows");
  table.rows = [...table.body.children];
  for (const button of document.querySelectorAll("thead button")) button.addEventListener("click", () => sortBy(button));
  for (const chip of document.querySelectorAll("[data-filter]")) {
    chip.addEventListener("click", () => {
      const kind = chip.dataset.filter;
      if (table.kinds.has(kind)) table.kinds.delete(kind);
      else table.kinds.add(kind);
      for (const same of document.querySelectorAll("[data-filter]")) same.setAttribute("aria-pressed", String(table.kinds.has(same.dataset.filter)));
      changed();
    });
  }
};
