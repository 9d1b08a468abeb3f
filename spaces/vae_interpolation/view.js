// What the three views of the VAE tab share; it stands behind scripts.js and before the script of each. Several pictures
// come as one PNG, all in a row: a sprite.

const at = (name) => element.querySelector(".vv-" + name);

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
