// What was made in this visit, to go back to. It is kept in the browser where its owner asks for that, and off until
// then, for machines are shared. The words are those of the page's table [gallery].
//
//   const visit = gallery({section, tab, most, key, pictures, title, open});
//   visit.add(value)      // finished: the newest
//   visit.settle(value)   // drawn while a hand moves: added once it has stood for three seconds
//   visit.draw(value)     // which one is on screen
//
// key(value): two of the same key are one; pictures(value) -> [node], at most four; title(value); open(value).
// Other tabs find the pictures by window.aigcVisits[tab]() -> [address], the newest first.

const KEEP = "aigc_keep_pictures"; // one answer for all tabs
const SETTLED = 3000; // milliseconds

const asks = () => {
  try {
    return localStorage.getItem(KEEP) === "1";
  } catch {
    return false; // a browser that keeps nothing
  }
};

// One value in IndexedDB. work(store) -> a request; the answer is its result, or undefined where the browser keeps nothing.
const stored = (work) => new Promise((done) => {
  const opening = indexedDB.open("aigc_pictures", 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore("kept");
  opening.onerror = () => done();
  opening.onsuccess = () => {
    const request = work(opening.result.transaction("kept", "readwrite").objectStore("kept"));
    request.onsuccess = () => (opening.result.close(), done(request.result));
    request.onerror = () => (opening.result.close(), done());
  };
}).catch(() => undefined);

function gallery({section, tab, most, key, pictures, title, open}) {
  let past = [], now = null, waiting = 0; // finished values, the newest first
  const heading = make("p", "ag-title", words.gallery_title), row = make("div", "ag-row");
  const label = make("label", "ag-keep"), keep = make("input");
  row.setAttribute("role", "group");
  row.setAttribute("aria-label", words.gallery_title);
  keep.type = "checkbox";
  label.append(keep, make("span", "", words.gallery_keep));
  section.classList.add("aigc-gallery");
  section.replaceChildren(heading, row, label);

  const known = (value) => past.some((one) => key(one) === key(value));
  const remember = () => asks() && stored((store) => store.put(past, tab));

  function draw(value = now, busy = false) {
    now = value;
    keep.checked = asks();
    section.hidden = !past.length;
    heading.hidden = row.hidden = past.length < 2 && (!past.length || key(past[0]) === (now && key(now)));
    row.replaceChildren(...past.map((one) => {
      const made = make("button", "ag-once"), shown = pictures(one);
      made.type = "button";
      made.append(...shown);
      made.classList.toggle("several", shown.length > 1);
      made.title = title(one);
      made.setAttribute("aria-label", say(words.gallery_back, {title: made.title}));
      made.setAttribute("aria-current", String(!!now && key(one) === key(now)));
      made.disabled = busy;
      made.onclick = () => open(one);
      return made;
    }));
  }

  function add(value) {
    past = [value, ...past.filter((one) => key(one) !== key(value))].slice(0, most);
    remember();
    draw(value);
  }

  function settle(value) {
    clearTimeout(waiting);
    waiting = known(value) ? 0 : setTimeout(() => add(value), SETTLED);
    draw(value);
  }

  keep.onchange = () => {
    try {
      keep.checked ? localStorage.setItem(KEEP, "1") : localStorage.removeItem(KEEP);
    } catch {}
    keep.checked ? remember() : stored((store) => store.clear());
  };
  if (asks()) stored((store) => store.get(tab)).then((kept) => {
    past = [...past, ...(kept ?? []).filter((one) => !known(one))].slice(0, most);
    draw();
  });
  draw();
  (window.aigcVisits ??= {})[tab] = () => past.flatMap(pictures).map((node) => node.src).filter(Boolean);
  return {add, settle, draw};
}
