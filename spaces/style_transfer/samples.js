// The samples, a row a style. Its value is the address of the one that was taken. Event: "take".

const find = (name) => element.querySelector(`.st-${name}`);

find("samples").append(make("span", "st-or", words.title));
for (const [called, pictures] of constants.rows) {
  const row = make("div", "st-line"), style = words[`style_${called}`] ?? called;
  row.append(make("span", "st-style", style));
  for (const [name, url] of pictures) {
    const one = make("button"), picture = make("img");
    one.type = "button";
    Object.assign(picture, { src: url, alt: say(words.sample, { name: words[name], style }), width: 40, height: 40 });
    one.title = picture.alt;
    one.append(picture);
    one.onclick = () => {
      props.value = url;
      trigger("take");
    };
    row.append(one);
  }
  find("samples").append(row);
}
