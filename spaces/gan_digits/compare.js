// Models side by side: a row for each, its pictures and its scores. props.value (made by runs.compare):
//   {rows: [{model, title, family, scores, sprite, tiles, notice}], floor, seed}

const KEYS = {frechet: (x) => x.toFixed(1), inception_score: (x) => x.toFixed(2), smallest_class: (x) => percent(x, 1)};

function numbers(scores) {
  return Object.entries(KEYS).map(([key, form]) => {
    const cell = make("span", "gv-score");
    cell.append(make("small", "", words[key]), make("b", "", scores?.[key] === undefined ? "–" : form(scores[key])));
    return cell;
  });
}

function row(one) {
  const made = make("section", "gv-model"), head = made.appendChild(make("div", "gv-model-head"));
  head.append(make("strong", "", one.title), make("span", "gv-family " + one.family, words["family_" + one.family]));
  const pictures = made.appendChild(make("div", "gv-model-pictures"));
  if (one.sprite)
    pictures.append(...one.tiles.map((tile, i) =>
      picture(one.sprite, i, one.tiles.length, `${one.title}: ${named(tile)}`)));
  if (!one.sprite || one.notice) pictures.append(make("span", "gv-wait", one.notice || words.waiting));
  made.appendChild(make("div", "gv-scores")).append(...numbers(one.scores));
  return made;
}

function draw() {
  const value = props.value ?? {}, found = value.rows ?? [];
  write(at("empty"), found.length ? "" : words.compare_empty);
  at("rows").replaceChildren(...found.map(row));
  at("floor").hidden = !found.length || !Object.keys(value.floor ?? {}).length;
  at("floor").replaceChildren(make("strong", "", words.floor), ...numbers(value.floor));
  at("explain").hidden = !found.length;
}

at("explain").textContent = words.scores_explained;
watch("value", draw);
draw();
