// What the four views of the GAN tab share; it stands before the script of each, behind a line with `words`, and Gradio
// runs them with: element, trigger, props, server, watch. The pictures of a view come as one PNG, in a row: `sprite`.

const at = (name) => element.querySelector(".gv-" + name);
const say = (template, values) => template.replace(/\{(\w+)\}/g, (_, key) => values[key]);
const percent = (share, places = 0) => (100 * share).toFixed(places) + " %";

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

// "Digit 7, seed 12": the words for a picture, which is also how a screen reader tells it.
const named = ({seed, digit}) => say(digit === null ? words.named_any : words.named, {seed, digit});

// Shows picture i of a sprite of n in a node.
function show(node, sprite, i, n) {
  node.style.backgroundImage = sprite ? `url("${sprite}")` : "none";
  node.style.backgroundSize = `${100 * n}% 100%`;
  node.style.backgroundPosition = n > 1 ? `${(100 * i) / (n - 1)}% 0` : "0 0";
}

function picture(sprite, i, n, alt, size) {
  const made = make("span", "gv-picture");
  made.setAttribute("role", "img");
  made.setAttribute("aria-label", alt);
  made.title = alt;
  if (size) made.style.setProperty("--size", size + "px");
  show(made, sprite, i, n);
  return made;
}

function download(address, name) {
  const link = make("a");
  Object.assign(link, {href: address, download: name});
  link.click();
}
