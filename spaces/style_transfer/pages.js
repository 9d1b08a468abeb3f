// A page and the same in the other style, side by side.

const find = (name) => element.querySelector(`.st-${name}`);

function draw() {
  const now = received() || {};
  if (!now.page) return;
  find("said").textContent = now.figures ? say(words.found, { n: now.figures }) : words.whole;
  find("pages").replaceChildren(...[["page", words.before], ["made", words.after]].map(([key, label]) => {
    const figure = make("figure"), shown = make("img");
    Object.assign(shown, { src: now[key], alt: label });
    figure.append(shown, make("figcaption", "", label));
    return figure;
  }));
  Object.assign(find("png"), { href: now.made, download: `${now.model}-page.png`, hidden: false });
}

find("png").textContent = words.save;
watch("value", draw);
draw();
