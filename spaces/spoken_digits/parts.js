// What the parts below share: choices in a row, one sound at a time.

const find = (name) => element.querySelector(`.sd-${name}`);
const spoken = (voice) => voice[0].toUpperCase() + voice.slice(1);
const out = new Audio();

function choice(label, options, start) {
  const box = make("label", "", label), select = make("select");
  select.append(...options.map(([value, title]) => Object.assign(make("option", "", title), { value })));
  select.value = start;
  box.append(select);
  return [box, select];
}

function play(url, done) {
  out.pause();
  out.onended = done || null;
  out.src = url;
  return out.play().catch(() => {});
}

const seed = () => Math.floor(Math.random() * 100000);
