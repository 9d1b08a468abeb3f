// Single latents under sliders. props.value (made by parts.sliders):
//   {model, title, z: [number], order: [index], kl: [nats], total, measured, sprite, stops: sprite of 2 for each slider}
// Event: use {latents, which, model}.

let value = {}, z = [];

const redraw = newest(async () => {
  const answer = await ask("vae_decode", [value.model, z]);
  write(at("said"), answer.error ?? "");
  if (answer.sprite) show(at("digit"), answer.sprite, 0, 1);
});

function set(row, number) {
  z[row.index] = number;
  row.slider.value = number;
  row.number.textContent = number.toFixed(2);
}

function draw() {
  const before = value;
  value = props.value ?? {};
  write(at("wait"), value.order ? "" : value.message || words.waiting);
  at("tuned").hidden = !value.order;
  if (!value.order) return;
  if (before.model === value.model && String(before.z) === String(value.z)) return; // the sliders stay where a hand has put them
  z = [...value.z];
  const line = say(words[value.measured ? "measured" : "own"],
    {title: value.title, n: value.order.length, of: z.length, total: value.total});
  write(at("title"), line);
  show(at("digit"), value.sprite, 0, 1);
  at("digit").setAttribute("aria-label", words.digit);
  at("rows").replaceChildren(...value.order.map((index, i) => {
    const row = make("div", "vv-row"), label = row.appendChild(make("label")), id = `${element.id || "vae"}-z${index}`;
    label.htmlFor = id;
    label.append(make("b", "", `z${index + 1}`), make("span"));
    row.number = make("span");
    label.lastChild.append(say(words.carries, {kl: value.kl[i].toFixed(2)}), " · ", row.number);
    const stops = [0, 1].map((side) => {
      const stop = picture(value.stops, 2 * i + side, 2 * value.order.length, say(words.stop, {i: index + 1, to: side ? "+3" : "−3"}), "button");
      stop.onclick = () => (set(row, side ? 3 : -3), redraw());
      return stop;
    });
    row.slider = Object.assign(make("input"), {type: "range", min: -4, max: 4, step: 0.05, id});
    row.slider.oninput = () => (set(row, Number(row.slider.value)), redraw());
    row.index = index;
    row.append(stops[0], row.slider, stops[1]);
    set(row, z[index]);
    return row;
  }));
}

at("zero").textContent = words.zero;
at("zero").onclick = () => {
  z = z.map(() => 0);
  for (const row of at("rows").children) set(row, 0);
  redraw();
};
at("back").textContent = words.back;
at("back").onclick = () => {
  z = [...value.z];
  for (const row of at("rows").children) set(row, z[row.index]);
  redraw();
};
for (const which of ["start", "end"]) {
  at("use-" + which).textContent = words["use_" + which];
  at("use-" + which).onclick = () => trigger("use", {latents: z, which, model: value.model});
}
watch("value", draw);
draw();
