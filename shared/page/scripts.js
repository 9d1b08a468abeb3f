// What the suite's own components share; it stands before the script of each, behind a line with `constants` (see
// scripts.py), and Gradio runs them with: element, trigger, props, server, watch.

const words = constants.words[navigator.language.startsWith("zh") ? "zh" : "en"];
const say = (template, values) => template.replace(/\{(\w+)\}/g, (_, key) => values[key]);

function make(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

function write(node, text) {
  if (node.textContent !== text) node.textContent = text;
  node.hidden = !text;
}

// Shows picture i of a sprite in a node: one PNG with n pictures in a row.
function show(node, sprite, i, n) {
  node.style.backgroundImage = sprite ? `url("${sprite}")` : "none";
  node.style.backgroundSize = `${100 * n}% 100%`;
  node.style.backgroundPosition = n > 1 ? `${(100 * i) / (n - 1)}% 0` : "0 0";
}

// A value that weighs much is asked for, see `late` in shared/page/view.py; what a click has brought by then stays.
if (typeof props !== "undefined" && props.value?.later) { // a book's own file has none
  const told = [], listen = watch; // nobody is told of what a script itself puts there
  watch = (name, draw) => (told.push(draw), listen(name, draw));
  server.recorded(null).then((found) => {
    if (!props.value?.later) return;
    props.value = found;
    told.forEach((draw) => draw());
  });
}

// The value of a component made by shared/page/view.py, which sends most lists as objects and says why.
const received = () => plain(props.value);
function plain(value) {
  if (Array.isArray(value) || value === null || typeof value !== "object") return value;
  if (!("[0]" in value)) return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, plain(one)]));
  const place = (key) => Number(key.slice(1, -1)); // the keys come in any order
  return Object.keys(value).sort((a, b) => place(a) - place(b)).map((key) => plain(value[key]));
}
