// The samples, a row a style. Its value is the address of the one that was taken. Event: "take".

const find = (name) => element.querySelector(`.st-${name}`);
const asked = server.style_samples(null); // they weigh more than the page

find("samples").append(make("span", "st-or", words.title));
for (const [called, pictures] of constants.rows) {
  const row = make("div", "st-line"), style = words[`style_${called}`] ?? called;
  row.append(make("span", "st-style", style));
  for (const [name, key] of pictures) {
    const one = make("button"), picture = make("img");
    one.type = "button";
    Object.assign(picture, { alt: say(words.sample, { name: words[name], style }), width: 40, height: 40 });
    asked.then((urls) => (picture.src = urls[key]));
    one.title = picture.alt;
    one.append(picture);
    one.onclick = async () => {
      props.value = (await asked)[key];
      trigger("take");
    };
    row.append(one);
  }
  find("samples").append(row);
}
