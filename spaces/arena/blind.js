// The blind test: two digits, one of them written by a hand. The answers stay in this browser.

const find = (name) => element.querySelector(`.ar-${name}`);
const KEY = "aigc-arena-blind"; // {model: [right, asked, title]}
const pair = find("pair"), sides = [...pair.querySelectorAll("button")];
const percent = (share) => `${Math.round(100 * share)} %`;
let found = null, at = 0, right = 0;

function kept() {
  try { return JSON.parse(localStorage.getItem(KEY)) || {}; } catch { return {}; }
}

function keep(model, title, won) {
  const all = kept(), [good, asked] = all[model] || [0, 0];
  all[model] = [good + won, asked + 1, title];
  try { localStorage.setItem(KEY, JSON.stringify(all)); } catch { /* a frame without storage: of this visit only */ }
}

function ask() {
  sides.forEach((side, i) => {
    show(side, found.sprite, 2 * at + i, 2 * found.rounds.length);
    side.setAttribute("aria-label", say(words.side, { i: i + 1 }));
  });
  pair.hidden = false;
  write(find("said"), words.ask);
  write(find("count"), say(words.count, { i: at + 1, n: found.rounds.length }));
}

function answer(side) {
  const round = found.rounds[at], won = Number(side === round.real);
  right += won;
  keep(round.model, round.title, won);
  const past = make("span", won ? "ar-won" : "ar-lost");
  for (const i of [0, 1]) {
    const picture = make("i", i === round.real ? "ar-real" : "");
    show(picture, found.sprite, 2 * at + i, 2 * found.rounds.length);
    past.append(picture);
  }
  past.append(make("small", "", `${won ? "✓" : "✗"} ${round.title}`));
  past.title = say(won ? words.won : words.lost, { title: round.title });
  find("past").prepend(past);
  at += 1;
  at < found.rounds.length ? ask() : end();
}

function end() {
  pair.hidden = true;
  write(find("count"), "");
  write(find("said"), say(words.end, { right, n: found.rounds.length }));
  table();
  find("again").hidden = false;
  find("again").focus();
}

function table() {
  const all = Object.entries(kept()).filter(([model]) => found.frechet[model] !== undefined);
  const made = make("table"), head = make("tr");
  for (const key of ["model", "share", "answers", "frechet"]) head.append(make("th", "", words[key]));
  const body = make("tbody");
  all.sort(([, a], [, b]) => a[0] / a[1] - b[0] / b[1]);
  for (const [model, [good, asked, title]] of all) {
    const row = make("tr");
    for (const text of [title, percent(good / asked), say(words.of, { good, asked }), found.frechet[model]?.toFixed(1) ?? "–"])
      row.append(make("td", "", text));
    body.append(row);
  }
  const top = make("thead");
  top.append(head);
  made.append(top, body);
  find("table").replaceChildren(made, make("p", "ar-quiet", words.chance));
  find("table").hidden = !all.length;
}

async function begin() {
  find("again").hidden = true;
  find("table").hidden = true;
  find("past").replaceChildren();
  write(find("said"), words.waiting);
  try {
    found = await server.arena_pairs(null);
    at = right = 0;
    ask();
  } catch {
    write(find("said"), words.failed);
    find("again").hidden = false;
  }
}

sides.forEach((side, i) => side.addEventListener("click", () => answer(i)));
find("again").textContent = words.again;
find("again").addEventListener("click", begin);
begin();
