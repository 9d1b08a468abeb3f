// A walk: the GIF as it will be saved, all its frames, and the files. props.value (made by runs.walk):
//   {model, title, ends: [{seed, digit}, {seed, digit}], frames, route, sprite, gif, mp4}

function draw() {
  const value = props.value ?? {}, there = !!value.gif;
  at("walked").hidden = !there;
  write(at("empty"), there ? "" : words.walk_empty);
  if (!there) return;
  const line = say(words.walked, {n: value.frames, path: value.route, a: named(value.ends[0]), b: named(value.ends[1])});
  Object.assign(at("film"), {src: value.gif, alt: line});
  at("line").textContent = `${value.title}. ${line}`;
  at("frames").replaceChildren(...Array.from({length: value.frames}, (_, i) =>
    picture(value.sprite, i, value.frames, say(words.frame, {i: i + 1, n: value.frames}), 42)));
  const name = `${value.model}-${value.ends.map((end) => end.seed).join("-")}`;
  Object.assign(at("gif"), {href: value.gif, download: name + ".gif"});
  Object.assign(at("mp4"), {href: value.mp4, download: name + ".mp4"});
}

at("all").textContent = words.gallery_all;
at("all").onclick = () => {
  const {sprite, frames, gif, mp4} = props.value;
  const each = each_of(sprite, frames, "frame");
  const films = [["walk.gif", gif], ["walk.mp4", mp4]].map(([name, address]) => ({name, bytes: bytes_of(address)}));
  save_all(at("gif").download.replace(".gif", ""), [...films, ...each]);
};
at("gif").textContent = say(words.save_as, {kind: "GIF"});
at("mp4").textContent = say(words.save_as, {kind: "MP4"});
watch("value", draw);
draw();
