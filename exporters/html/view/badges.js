// What is laid over the cards: what a run did at each step, and what changed there since an earlier scan.

/** For each badge its word, colour token and outline in a square of 16. */
const BADGES = {
  taken: ["taken", "ok", "M2 8l2-2 3 3 6-6 2 2-8 8z"],
  skipped: ["skipped", "muted", "M2 3l5 5-5 5zM8 3l5 5-5 5z"],
  retried: ["retried", "mark", "M8 2a6 6 0 016 6h-2a4 4 0 10-1.200 2.800L9 9h6v6l-2.300-2.300A6 6 0 118 2z"],
  failed: ["failed", "error", "M4 2l4 4 4-4 2 2-4 4 4 4-2 2-4-4-4 4-2-2 4-4-4-4z"],
  waiting: ["waiting", "parallel", "M3 1h10v2l-3.500 5L13 13v2H3v-2l3.500-5L3 3zM6 4l2 3 2-3z"],
  added: ["added", "ok", "M6 2h4v4h4v4h-4v4H6v-4H2V6h4z"],
  moved: ["moved", "parallel", "M1 6h8V2l6 6-6 6v-4H1z"],
  condition: ["asks something else", "mark", "M8 1l7 7-7 7-7-7zM7 4v5h2V4zM7 10.500v2h2v-2z"],
  changed: ["changed", "mark", "M2 5h12v2H2zM2 9h12v2H2z"],
  gone: ["gone", "error", "M2 6h12v4H2z"],
};

const badgeOf = (kind) => {
  const [word, token, path] = BADGES[kind] || BADGES.changed, svg = SvgPen.make("svg", { viewBox: "0 0 16 16", width: 11, height: 11, "aria-hidden": "true" });
  svg.append(SvgPen.make("path", { d: path, fill: "currentColor", "fill-rule": "evenodd" }));
  const badge = el("span", { className: "status" }, svg, ` ${word}`);
  badge.style.color = `var(--${token})`;
  return badge;
};

/** Adds to a view the badges of its nodes: key -> [kind, words, whether it is that of a step inside]. */
const prepareBadges = (view) => {
  view.badges = new Map();
  for (const [key, kind, , text] of view.changes?.rows || []) if (key >= 0) view.badges.set(key, [kind, text, false]);
  if (!view.run) return;
  for (const [key, status] of view.run.inside) view.badges.set(key, [status, "inside", true]);
  for (const [key, status, tries, seconds, text] of view.run.marks) {
    view.badges.set(key, [status, [tries > 1 && `${tries} tries`, seconds, text].filter(Boolean).join(" · "), false]);
  }
  view.touched = new Set([...view.badges].filter(([, [kind]]) => kind !== "skipped").map(([key]) => key));
};

/** The badge on a card's lower edge, where no line and no label comes, and an outline in its colour. */
const paintBadge = (c, card, badge, zoom) => {
  const [kind, , inside] = badge, [word, token, path] = BADGES[kind], { x, y } = card;
  c.strokeStyle = COLORS[token];
  c.lineWidth = inside || kind === "skipped" ? 1.2 : 2.2;
  c.setLineDash(inside ? [2, 3] : []);
  c.beginPath();
  c.roundRect(x - 4, y - 4, S.cardWidth + 8, S.cardHeight + 8, 12);
  c.stroke();
  c.setLineDash([]);
  if (zoom < 0.3) return;
  c.font = `600 ${S.subText}px ${FONT}`;
  const width = c.measureText(word).width + 24, left = x + S.cardWidth - width - 36, top = y + S.cardHeight - 8;
  c.fillStyle = COLORS.surface;
  c.beginPath();
  c.roundRect(left, top, width, 17, 8.5);
  c.fill();
  c.lineWidth = 1.2;
  c.stroke();
  c.fillStyle = COLORS[token];
  paintPath(c, path, left + 6, top + 3.5, 10);
  c.textBaseline = "middle";
  c.textAlign = "left";
  c.fillText(word, left + 19, top + 9);
};

/** For the panel: what the badge of a node says. */
const badgeFacts = (view, key) => {
  const badge = view.badges.get(key);
  if (!badge) return [];
  const [kind, text] = badge, word = BADGES[kind][0];
  return [[view.run && !["added", "moved", "condition", "changed"].includes(kind) ? "In this run" : "Changed", text ? `${word}: ${text}` : word]];
};

/** Chips of the legend for what is laid over this view. */
const badgeChips = (view) => {
  const counts = new Map();
  for (const [kind, , inside] of view.badges.values()) if (!inside) counts.set(kind, (counts.get(kind) || 0) + 1);
  return Object.keys(BADGES).filter((kind) => counts.has(kind)).map((kind) => el("span", { className: "chip" }, badgeOf(kind), ` ${counts.get(kind)}`));
};
