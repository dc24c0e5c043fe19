(() => {
  "use strict";
  const open = () => {
    const target = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
    if (!target) return;
    for (let box = target; box; box = box.parentElement) if (box.tagName === "DETAILS") box.open = true;
    target.scrollIntoView({ block: "center" });
  };
  addEventListener("hashchange", open);
  open();

  const bar = document.getElementById("filter");
  if (!bar) return;
  bar.hidden = false;
  const text = bar.querySelector("input[type=search]");
  const boxes = [...bar.querySelectorAll("input[type=checkbox]")];
  const told = bar.querySelector("output");
  const cases = [...document.querySelectorAll("#cases details.case")].map((box) => ({
    box, kind: box.dataset.kind, words: box.querySelector("summary").textContent.toLowerCase(),
  }));
  const apply = () => {
    const kinds = new Set(boxes.filter((box) => box.checked).map((box) => box.value));
    const words = text.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const one of cases) {
      const fits = kinds.has(one.kind) && words.every((word) => one.words.includes(word));
      one.box.hidden = !fits;
      shown += fits;
    }
    told.textContent = `${shown} of ${cases.length} shown`;
  };
  bar.addEventListener("input", apply);
  apply();
})();
