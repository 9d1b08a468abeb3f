// What the three views of the VAE tab share; Gradio runs it before each of them, with: element, trigger, props, server,
// watch. Several pictures come as one PNG, all in a row: a sprite.

const words = constants.words[navigator.language.startsWith("zh") ? "zh" : "en"];
const at = (name) => element.querySelector(".vv-" + name);
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

// Shows picture i of a row of n in a node.
function show(node, sprite, i, n) {
  node.style.backgroundImage = sprite ? `url("${sprite}")` : "none";
  node.style.backgroundSize = `${100 * n}% 100%`;
  node.style.backgroundPosition = n > 1 ? `${(100 * i) / (n - 1)}% 0` : "0 0";
}

function picture(sprite, i, n, alt, tag = "span") {
  const made = make(tag, "vv-picture");
  if (tag === "button") made.type = "button";
  else made.setAttribute("role", "img");
  made.setAttribute("aria-label", alt);
  show(made, sprite, i, n);
  return made;
}

async function ask(name, data) {
  try {
    return await server[name](data);
  } catch {
    return {error: words.failed};
  }
}

// One question at a time: while one is under way only the newest of the others is kept, and asked after it.
function newest(work) {
  let busy = false, next = null;
  return async function run(...data) {
    if (busy) return void (next = data);
    busy = true;
    await work(...data);
    busy = false;
    if (next) {
      const waiting = next;
      next = null;
      run(...waiting);
    }
  };
}
