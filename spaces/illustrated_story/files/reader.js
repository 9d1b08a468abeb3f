// The book to read: turns pages by finger, key and button, sets the size of the words and reads aloud. Used by the tab and
// by the HTML file; it stands behind views.js (shared/page/scripts.py), whose `words`, `say` and `make` it uses.
//
//   const reader = storyReader(root)      root: the <div class="sb"> of reader.py's markup, with its pages in it
//   reader.refresh(markup)                the book has changed: only pages that did are put in anew, and none is turned
//   reader.go(number)                     -1 is the cover; reader.number() -> the page that is open
//   options.keys                          whose arrow keys turn pages: the book itself, or document where it stands alone
//   root: "sb-turned" {number}            an event for whoever wants to know
//
// The pages are a row that scrolls and snaps, so that a finger turns them as the browser does everything else.

function storyReader(root, options = {}) {
  const row = root.querySelector(".sb-pages");
  const pages = () => [...row.children];
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  let open = 0; // the place of the page that is open, the cover's is 0 where there is one
  let heading = null; // the place a turn is on its way to
  let wide = 0; // of the row, as it was laid out; 0 while it is hidden, which turns no page
  let voice = null; // what is being read aloud

  // ---- the bar

  root.querySelector(".sb-bar")?.remove(); // of a page that a browser saved as it stood
  const bar = make("div", "sb-bar");
  const button = (name, act, text) => {
    const made = make("button", "sb-" + name, text);
    made.type = "button";
    made.title = words["reader_" + name];
    made.setAttribute("aria-label", words["reader_" + name]);
    made.addEventListener("click", act);
    bar.append(made);
    return made;
  };
  const before = button("before", () => turn(-1));
  const place = make("span", "sb-place");
  place.setAttribute("aria-live", "polite");
  bar.append(place);
  const next = button("next", () => turn(1));
  bar.append(make("span", "sb-gap"));
  const smaller = button("smaller", () => size(-1), "A");
  const larger = button("larger", () => size(1), "A");
  const read = button("read", () => (voice ? quiet() : aloud()));
  root.append(bar);

  // ---- turning

  // A book in Arabic or Hebrew turns the other way round: its row runs from right to left, and so do the keys.
  const backwards = () => getComputedStyle(row).direction === "rtl";

  function at() {
    return Math.max(0, Math.min(pages().length - 1, Math.round(Math.abs(row.scrollLeft) / (row.clientWidth || 1))));
  }

  function to(i, smooth = true) {
    heading = Math.max(0, Math.min(pages().length - 1, i));
    const left = heading * row.clientWidth * (backwards() ? -1 : 1);
    row.scrollTo({ left, behavior: smooth && !still.matches ? "smooth" : "instant" });
    show(heading);
    if (Math.abs(row.scrollLeft - left) < 2) heading = null; // there already: no scrolling will say so
  }

  const turn = (by) => {
    const reading = voice !== null;
    quiet();
    to((heading ?? open) + by);
    if (reading) aloud();
  };

  function show(i) {
    const all = pages();
    open = i;
    all.forEach((page, k) => page.toggleAttribute("data-open", k === i));
    const number = Number(all[i]?.dataset.number ?? 0);
    const text = number < 0 ? (number === -1 ? words.reader_cover : words.reader_back) : `${number + 1} / ${all.filter((page) => page.dataset.number >= 0).length}`;
    if (place.textContent !== text) {
      place.textContent = text;
      root.dispatchEvent(new CustomEvent("sb-turned", { bubbles: true, detail: { number } }));
    }
    before.disabled = i === 0;
    next.disabled = i >= all.length - 1;
  }

  row.addEventListener("scroll", () => {
    if (row.clientWidth !== wide) return;
    const i = at();
    if (heading !== null && i !== heading) return; // still on its way
    heading = null;
    if (i === open) return;
    quiet(); // a finger has turned it
    show(i);
  });
  row.addEventListener("scrollend", () => {
    if (row.clientWidth !== wide) return;
    heading = null;
    if (at() !== open) show(at());
  });
  for (const hand of ["pointerdown", "touchstart", "wheel"]) row.addEventListener(hand, () => (heading = null), { passive: true });
  new ResizeObserver(() => {
    wide = row.clientWidth;
    if (wide) to(heading ?? open, false); // another width: the same page
  }).observe(row);

  (options.keys ?? root).addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.target.closest?.("input, textarea, select, [contenteditable]")) return;
    const forward = backwards() ? "ArrowLeft" : "ArrowRight";
    const way = {
      PageDown: () => turn(1),
      PageUp: () => turn(-1),
      Home: () => to(0),
      End: () => to(pages().length - 1),
      [forward]: () => turn(1),
      [forward === "ArrowLeft" ? "ArrowRight" : "ArrowLeft"]: () => turn(-1),
    }[event.key];
    if (!way) return;
    event.preventDefault();
    way();
  });

  // ---- the size of the words

  const SIZES = ["0.8", "0.9", "1", "1.15", "1.3", "1.5", "1.75", "2"];
  function size(by) {
    const now = SIZES.indexOf(root.dataset.size ?? "1");
    const then = Math.max(0, Math.min(SIZES.length - 1, now + by));
    root.dataset.size = SIZES[then];
    root.style.setProperty("--sb-size", SIZES[then]);
    smaller.disabled = then === 0;
    larger.disabled = then === SIZES.length - 1;
  }

  // ---- reading aloud

  // Only voices on this machine: those of a browser's maker would send the story there.
  function voices(language = (root.lang || "en").slice(0, 2)) {
    const all = globalThis.speechSynthesis?.getVoices() ?? [];
    return all.filter((one) => one.localService && one.lang.slice(0, 2).toLowerCase() === language);
  }
  const offer = () => (read.hidden = !voices().length);
  globalThis.speechSynthesis?.addEventListener?.("voiceschanged", offer);
  offer();

  function aloud() {
    const me = {}; // so that a sentence of an earlier reading cannot go on with this one
    voice = me;
    read.classList.add("on");
    read.setAttribute("aria-label", words.reader_quiet);
    read.title = words.reader_quiet;
    page();

    function page() {
      const said = [...pages()[open].querySelectorAll(".sb-say")];
      (function sentence(k) {
        if (voice !== me) return;
        said.forEach((node, i) => node.classList.toggle("sb-now", i === k));
        if (k < said.length) {
          const utterance = new SpeechSynthesisUtterance(said[k].textContent);
          const spoken = said[k].closest("[lang]").lang.slice(0, 2); // a book may be in two languages
          utterance.voice = voices(spoken)[0] ?? null;
          if (!utterance.voice) return spoken === root.lang.slice(0, 2) ? quiet() : sentence(k + 1);
          utterance.lang = utterance.voice.lang;
          utterance.rate = 0.9; // for a child's ear
          utterance.onend = () => sentence(k + 1);
          utterance.onerror = () => voice === me && quiet();
          me.utterance = utterance; // Chrome forgets to end one that nobody holds
          speechSynthesis.speak(utterance);
        } else if (pages()[open + 1]?.matches(":not(.sb-back)")) {
          to(open + 1);
          setTimeout(page, 700);
        } else quiet();
      })(0);
    }
  }

  function quiet() {
    if (!voice) return;
    voice = null;
    speechSynthesis.cancel();
    root.querySelectorAll(".sb-now").forEach((node) => node.classList.remove("sb-now"));
    read.classList.remove("on");
    read.setAttribute("aria-label", words.reader_read);
    read.title = words.reader_read;
  }
  addEventListener("pagehide", quiet);

  // ---- the book itself

  function dress() {
    root.querySelectorAll(".sb-edit").forEach((node) => (node.textContent = words.reader_edit));
    root.querySelectorAll(".sb-undrawn").forEach((node) => (node.textContent = words.reader_undrawn));
    row.setAttribute("aria-roledescription", words.reader_book);
    const all = pages().filter((page) => page.dataset.number >= 0).length;
    for (const page of pages()) {
      const number = Number(page.dataset.number);
      page.setAttribute("aria-label", number === -1 ? words.reader_cover : number < 0 ? words.reader_back : say(words.reader_page, { number: number + 1, all }));
    }
  }

  const sources = new WeakMap(); // a page in the row -> the markup that it was made of

  function refresh(markup) {
    const made = make("template");
    made.innerHTML = markup;
    const fresh = made.content.querySelector(".sb");
    if (!fresh) return;
    const number = pages()[open]?.dataset.number;
    root.lang = fresh.lang;
    root.dataset.layout = fresh.dataset.layout;
    row.dir = fresh.querySelector(".sb-pages").dir;
    row.setAttribute("aria-label", fresh.querySelector(".sb-pages").getAttribute("aria-label"));
    const sections = [...fresh.querySelectorAll(".sb-page")];
    sections.forEach((section, i) => {
      const old = pages()[i];
      if (old && sources.get(old) === section.outerHTML) return;
      if (voice && i === open) quiet();
      sources.set(section, section.outerHTML);
      old ? old.replaceWith(section) : row.append(section);
    });
    pages().slice(sections.length).forEach((page) => page.remove());
    dress();
    const same = pages().findIndex((page) => page.dataset.number === number);
    to(same < 0 ? Math.min(open, pages().length - 1) : same, false);
  }

  pages().forEach((page) => sources.set(page, page.outerHTML));
  dress();
  show(0);
  return {
    go: (number, smooth = true) => to(Math.max(0, pages().findIndex((page) => Number(page.dataset.number) === number)), smooth),
    number: () => Number(pages()[open]?.dataset.number ?? 0),
    refresh,
    quiet,
  };
}
