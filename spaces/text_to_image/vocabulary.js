// All that a small model can draw, as a list to look through. props.value: {model, n: how many it knows well}. The
// names are asked for once the list is seen. Event: say {prompt}.

const field = at("vo-find").querySelector("input"), chinese = navigator.language.startsWith("zh");
let shown = "", names = [], more = [];

async function draw() {
  const {model = "", n = 0} = props.value ?? {};
  at("vo-about").textContent = n ? say(words.vocabulary, {n}) : words.anything;
  for (const part of ["vo-find", "vo-list"]) at(part).hidden = !n;
  if (!n || model === shown) return;
  const found = await ask("image_names", {model});
  if (found.error) return write(at("vo-about"), found.error);
  [shown, names, more] = [model, found.names, found.more];
  list();
}

function list() {
  const sought = field.value.trim().toLowerCase();
  const matching = (all) => all.filter((pair) => pair.some((name) => name.toLowerCase().includes(sought)));
  const known = matching(names).map(chip), little = matching(more).map(chip);
  if (little.length) little.unshift(make("p", "vo-more iv-quiet", say(words.vocabulary_more, {n: more.length})));
  at("vo-list").replaceChildren(...known, ...little);
  if (!known.length && !little.length) at("vo-list").append(make("p", "iv-quiet", words.nothing_found));
}

function chip([name, title]) {
  const made = make("button", "iv-chip", (chinese && title) || name);
  made.type = "button";
  made.onclick = () => trigger("say", {prompt: made.textContent});
  return made;
}

at("vo-find").firstElementChild.textContent = words.find;
at("vo-list").setAttribute("aria-label", words.find);
field.addEventListener("input", list);
watch("value", draw);
draw();
