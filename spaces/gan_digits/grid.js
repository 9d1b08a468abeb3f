// The grid: every digit is a button, and a click keeps it. props.value (made by runs.grid):
//   {model, title, notice, conditional, tiles: [{seed, digit}], sprite, kept: {tiles: [A, B], sprite}, recorded}
// kept: null where a recipe was drawn, which says nothing of them: then they stay.

const tiles = at("tiles"), stage = at("stage"), kept = at("kept");
const HEIGHT = 470, SIZES = [112, 84, 70, 56, 42, 28]; // pixels; multiples of 28, or of 14 for screens that are finer
let value = null;

// The largest size at which all n fit, in rows of one length where that can be.
function layout(n, width, gap) {
  for (const size of SIZES) {
    const most = Math.floor((width + gap) / (size + gap)), rows = Math.floor((HEIGHT + gap) / (size + gap));
    if (most * rows < n && size > SIZES.at(-1)) continue;
    for (let columns = Math.min(most, n); columns * columns >= n; columns--)
      if (n % columns === 0 && n / columns <= rows) return {size, columns};
    return {size, columns: Math.ceil(n / Math.ceil(n / most))};
  }
}

function arrange() {
  const wide = element.clientWidth >= 560;
  stage.classList.toggle("wide", wide);
  const gap = wide ? 4 : 2;
  const {size, columns} = layout(tiles.children.length || 1, element.clientWidth - (wide ? 216 : 0), gap);
  tiles.style.setProperty("--gap", gap + "px");
  tiles.style.setProperty("--size", size + "px");
  tiles.style.setProperty("--columns", columns);
  tiles.classList.toggle("smooth", size % 28 > 0);
  tiles.columns = columns;
}

const same = (one, other) => one && other && one.seed === other.seed && one.digit === other.digit;

function tile(i) {
  const made = make("button", "gv-picture gv-tile");
  Object.assign(made, {type: "button", tabIndex: i ? -1 : 0});
  made.append(make("i"));
  made.onclick = () => {
    tiles.chosen = value.tiles[i]; // page.py reads it
    trigger("keep");
  };
  return made;
}

function draw() {
  const before = value;
  value = {...props.value};
  value.kept ??= before?.kept;
  const drawn = value.tiles ?? [], ends = value.kept?.tiles ?? [];
  while (tiles.children.length > drawn.length) tiles.lastChild.remove();
  while (tiles.children.length < drawn.length) tiles.append(tile(tiles.children.length));
  if (!tiles.querySelector('[tabindex="0"]') && drawn.length) tiles.firstChild.tabIndex = 0;
  drawn.forEach((one, i) => {
    const node = tiles.children[i], mark = same(one, ends[1]) ? "B" : same(one, ends[0]) ? "A" : "";
    show(node, value.sprite, i, drawn.length);
    node.title = named(one);
    node.setAttribute("aria-label", named(one) + (mark ? ", " + say(words.kept_as, {end: mark}) : ""));
    node.setAttribute("aria-pressed", String(!!mark));
    node.firstChild.textContent = mark;
  });
  kept.hidden = !ends.length;
  ends.forEach((one, i) => {
    const node = at("end" + i);
    node.replaceChildren(picture(value.kept.sprite, i, ends.length, named(one)), make("b", "", "AB"[i]),
      make("span", "", named(one)));
  });
  if (before?.kept && ends[1] && !same(before.kept.tiles[1], ends[1]))
    at("told").textContent = say(words.kept_now, {a: named(ends[0]), b: named(ends[1])});
  write(at("badge"), value.recorded ? words.recorded : "");
  at("live").hidden = !value.recorded;
  write(at("message"), value.notice ?? "");
  at("empty").hidden = drawn.length > 0;
  at("save").hidden = at("all").hidden = !drawn.length;
  if (drawn.length && !value.recorded && value.settings) visit.settle(value);
  arrange();
}

const visit = gallery({
  section: at("visit"), tab: "gan_digits", most: constants.most_kept,
  key: ({settings: {model, digit, seed}}) => [model, digit, seed].join(),
  title: (one) => `${one.title}, ${named(one.tiles[0])}`,
  pictures: (one) => one.tiles.slice(0, 4).map((_, i) => {
    const made = make("span");
    show(made, one.sprite, i, one.tiles.length);
    return made;
  }),
  open: ({settings}) => trigger("again", {settings}),
});

tiles.addEventListener("keydown", (event) => {
  const all = [...tiles.children], here = all.indexOf(event.target), down = tiles.columns;
  const next = {ArrowRight: here + 1, ArrowLeft: here - 1, ArrowDown: here + down, ArrowUp: here - down, Home: 0,
    End: all.length - 1}[event.key];
  if (here < 0 || next === undefined) return;
  event.preventDefault();
  if (!all[next]) return;
  all[here].tabIndex = -1;
  all[next].tabIndex = 0;
  all[next].focus();
});

// The grid as a PNG, which carries its recipe; nothing where that failed.
async function whole() {
  const embedding = document.querySelector("#gan_digits-embed-recipe input")?.checked ?? true;
  const answer = await server.gan_picture({settings: value.settings, recipe: embedding}).catch(() => ({error: words.failed}));
  write(at("message"), answer.error ?? "");
  return answer.png;
}

const file = () => `${value.model}-seed-${value.settings.seed}`;
at("save").onclick = async () => {
  const png = await whole();
  if (png) download(png, file() + ".png");
};
at("all").onclick = async () => {
  const {tiles, sprite} = value, png = await whole();
  if (!png) return;
  const each = tiles.map(({seed}, i) => ({name: `${i + 1}-seed-${seed}.png`, bytes: cut(sprite, i, tiles.length)}));
  save_all(file(), [{name: "grid.png", bytes: bytes_of(png)}, ...each]);
};
at("live").onclick = () => trigger("live");
for (const name of ["live", "save", "hint", "empty"]) at(name).textContent = words[name];
at("all").textContent = words.gallery_all;
tiles.setAttribute("aria-label", words.grid);
kept.setAttribute("aria-label", words.kept);
const seen = new ResizeObserver(() => arrange()); // its own height does not depend on what it sets: no endless growth
seen.observe(element);
watch("value", draw);
draw();
