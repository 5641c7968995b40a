// On a page that `undercurrent serve` serves: asks whether the code changed, and shows the page made anew.

const rest = (seconds) => new Promise((done) => setTimeout(done, 1000 * seconds));

/** The bar that tells what is going on; the box says whether a new page is shown without asking. */
const liveBar = () => {
  const text = el("span", { role: "status" }), again = el("button", { type: "button", hidden: true }, "Show it"), box = el("input", { type: "checkbox" });
  const bar = el("div", { id: "live-bar", hidden: true }, text, again, el("label", {}, box, " Follow changes by itself"), closeButton(() => { bar.hidden = true; }));
  box.checked = sessionStorage.getItem("asks") === null;
  box.addEventListener("change", () => (box.checked ? sessionStorage.removeItem("asks") : sessionStorage.setItem("asks", "1")));
  again.addEventListener("click", () => location.reload());
  document.body.append(bar);
  return (words, news) => {
    text.textContent = words;
    again.hidden = !news;
    bar.hidden = !words;
    if (news && box.checked) location.reload();
  };
};

const follow = async () => {
  const tell = liveBar();
  let trouble = "";
  for (;;) {
    try {
      const answer = await fetch(`/changes?${new URLSearchParams({ version: META.live, trouble })}`);
      if (!answer.ok) throw new Error(answer.statusText);
      const news = await answer.json(), changed = news.version !== META.live;
      trouble = news.trouble;
      tell(trouble ? `The code as it stands can't be scanned: ${trouble}` : changed ? "The code changed; the page was made again." : "", changed);
      if (changed) return;
    } catch {
      tell("The server has stopped; this is what it showed last.", false);
      await rest(3);
    }
    await rest(0.2);
  }
};
if (META.live) follow();
