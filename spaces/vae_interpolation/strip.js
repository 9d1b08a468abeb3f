// The strip between two digits, and its film. props.value (made by runs.run):
//   {model, title, message, n, route, mapped, ends: [{kind, seed}], sprite, png, gif, settings, embed, recorded}

const film = at("film"), frames = at("frames");
const still = matchMedia("(prefers-reduced-motion: reduce)");
let value = {};

const named = (end) => say(words["named_" + end.kind], {seed: end.seed});

const file = (kind) => `${value.model}-${value.mapped ? "map" : "interpolation"}.${kind}`;

function pick(i) {
  for (const one of frames.children) one.setAttribute("aria-pressed", String(one.place === i));
  const held = i !== null;
  at("still").hidden = !held;
  film.hidden = held;
  if (held) show(at("still"), value.sprite, i, value.n);
  at("where").textContent = held ? say(words.frame, {i: i + 1, n: value.n, t: (i / (value.n - 1)).toFixed(2)}) : words.playing;
}

function draw() {
  const now = props.value ?? {};
  write(at("message"), now.message ?? "");
  write(at("badge"), now.recorded ? words.recorded : "");
  if (!now.sprite) {
    at("wait").hidden = Boolean(value.sprite);
    at("stage").hidden = !value.sprite;
    return; // only a sentence: what is on screen stays
  }
  value = now;
  at("wait").hidden = true;
  at("stage").hidden = false;
  const line = value.mapped ? say(words.walked_route, {n: value.n})
    : say(words.walked, {n: value.n, path: words[value.route], a: named(value.ends[0]), b: named(value.ends[1])});
  write(at("title"), `${value.title}: ${line}`);
  Object.assign(film, {src: value.gif, alt: line});
  frames.classList.toggle("many", value.n > 24);
  frames.replaceChildren(...Array.from({length: value.n}, (_, i) => {
    const tile = picture(value.sprite, i, value.n, say(words.frame, {i: i + 1, n: value.n, t: (i / (value.n - 1)).toFixed(2)}), "button");
    tile.place = i;
    tile.onpointerenter = () => pick(i);
    tile.onclick = tile.onfocus = () => pick(i);
    return tile;
  }));
  for (const kind of ["png", "gif"]) Object.assign(at(kind), {href: value[kind], download: file(kind)});
  pick(still.matches ? 0 : null);
  if (!value.recorded && value.settings) visit.settle({...value, line});
}

const visit = gallery({
  section: at("visit"), tab: "vae_interpolation", most: constants.most_kept,
  key: ({settings}) => JSON.stringify(settings),
  title: (one) => `${one.title}: ${one.line}`,
  pictures: (one) => [0, 1, 2, 3].map((i) => {
    const made = make("span");
    show(made, one.sprite, Math.round((i * (one.n - 1)) / 3), one.n);
    return made;
  }),
  open: ({settings}) => trigger("again", {settings}),
});

frames.addEventListener("pointerleave", () => !still.matches && pick(null));
frames.addEventListener("focusout", (event) => !still.matches && !frames.contains(event.relatedTarget) && pick(null));
frames.setAttribute("aria-label", words.label);
at("wait").textContent = words.waiting;
for (const kind of ["png", "gif", "mp4"]) at(kind).textContent = say(words.save_as, {kind: kind.toUpperCase()});
at("mp4").onclick = async () => { // made when it is wanted: it takes longer than all the rest
  at("mp4").disabled = true;
  const answer = await ask("vae_film", {settings: value.settings, embed: value.embed});
  at("mp4").disabled = false;
  write(at("message"), answer.error ?? "");
  if (answer.mp4) Object.assign(make("a"), {href: answer.mp4, download: file("mp4")}).click();
};
at("all").textContent = words.gallery_all;
at("all").onclick = () => {
  const {sprite, n, png, gif} = value;
  const each = each_of(sprite, n, "frame");
  save_all(file("zip").replace(".zip", ""), [{name: "strip.png", bytes: bytes_of(png)}, {name: "film.gif", bytes: bytes_of(gif)}, ...each]);
};
watch("value", draw);
draw();
