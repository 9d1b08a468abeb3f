// What the four views of the GAN tab share; it stands behind scripts.js and before the script of each. The pictures of a
// view come as one PNG, in a row: `sprite`.

const at = (name) => element.querySelector(".gv-" + name);
const percent = (share, places = 0) => (100 * share).toFixed(places) + " %";

// "Digit 7, seed 12": the words for a picture, which is also how a screen reader tells it.
const named = ({seed, digit}) => say(digit === null ? words.named_any : words.named, {seed, digit});

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
