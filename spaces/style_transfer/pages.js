// Pages and the same in the other style, side by side, one below the other as they get ready.

const find = (name) => element.querySelector(`.st-${name}`);
let now = {};

const said = ({ error, figures }) => error ?? (figures ? say(words.found, { n: figures }) : words.whole);

function side(src, label, name) {
  const figure = make("figure"), shown = make("img");
  Object.assign(shown, { src, alt: `${name}: ${label}` });
  figure.append(shown, make("figcaption", "", label));
  return figure;
}

function draw() {
  now = received() || {};
  const pages = now.pages ?? [], made = pages.filter((one) => one.made);
  find("pages").replaceChildren(...pages.map((one) => {
    const row = make("section", "st-page"), title = make("p", "st-quiet", ` ${said(one)}`);
    title.prepend(make("b", "", one.name));
    row.append(title);
    if (one.made) row.append(side(one.page, words.before, one.name), side(one.made, words.after, one.name));
    return row;
  }));
  write(find("said"), now.of > pages.length ? say(words.working, { n: pages.length + 1, of: now.of }) : "");
  find("png").hidden = made.length !== 1 || now.of > 1;
  find("zip").hidden = !made.length || now.of < 2 || now.of > pages.length;
  if (made.length) Object.assign(find("png"), { href: made[0].made, download: `${made[0].name}-${now.model}.png` });
}

find("zip").onclick = () => save_all(`${now.model}-pages`, now.pages.filter((one) => one.made).map((one, i) => ({
  name: `${String(i + 1).padStart(2, "0")}-${one.name}.png`, bytes: bytes_of(one.made),
})));
find("png").textContent = words.save;
find("zip").textContent = words.save_all;
watch("value", draw);
draw();
