// Draws the value of view.digit: the digit with what arrives of it at the class token, and what both readers say.

const find = (name) => element.querySelector(`.se-${name}`);
const percent = (chance) => (chance > 0.995 ? "> 99 %" : chance < 0.005 ? "< 1 %" : `${Math.round(100 * chance)} %`);

function cells(tag, ...texts) {
  const row = make("tr");
  row.append(...texts.map((text, i) => {
    const cell = make(i || tag === "th" ? tag : "th", "", text);
    cell.scope = tag === "th" ? "col" : i ? undefined : "row";
    return cell;
  }));
  return row;
}

function draw() {
  const value = received() || {};
  write(find("message"), value.message || (value.vit ? "" : words.empty));
  find("digit").hidden = !value.vit;
  if (!value.vit) return;
  const best = (chances) => chances.indexOf(Math.max(...chances));
  const picture = find("picture").querySelector("img"), canvas = find("picture").querySelector("canvas");
  picture.src = value.picture;
  picture.alt = say(words.alt, { vit: best(value.vit), cnn: best(value.cnn) });
  find("picture").querySelector("figcaption").textContent = words.rollout;
  canvas.width = canvas.height = value.grid;
  const pen = canvas.getContext("2d"), pixels = pen.createImageData(value.grid, value.grid);
  value.heat.forEach((one, i) => pixels.data.set([216, 0, 136, 190 * one], 4 * i));
  pen.putImageData(pixels, 0, 0);
  const table = find("digit").querySelector("table");
  table.tHead.replaceChildren(cells("th", words.digit, words.vit, words.cnn));
  const order = [...value.vit.keys()].sort((a, b) => value.vit[b] + value.cnn[b] - value.vit[a] - value.cnn[a]).slice(0, 4);
  table.tBodies[0].replaceChildren(...order.map((n) => cells("td", `${n}`, percent(value.vit[n]), percent(value.cnn[n]))));
  const [vit, cnn] = value.accuracy;
  const right = (share) => `${(100 * share).toFixed(2)} %`;
  write(find("accuracy"), vit ? say(words.accuracy, { vit: right(vit), cnn: right(cnn) }) : "");
}

watch("value", draw);
draw();
