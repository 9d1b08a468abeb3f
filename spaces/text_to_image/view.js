// What the views of the picture tab share; it stands behind views.js and before the script of each.

const at = (name) => element.querySelector("." + name);

async function ask(name, question) {
  try {
    return await server[name](question);
  } catch {
    return {error: words.failed};
  }
}
