// A ZIP of files that are small or packed already: stored, not deflated (APPNOTE.TXT 4.3.6, method 0).

const CRC = Uint32Array.from({length: 256}, (_, n) => {
  for (let k = 0; k < 8; k++) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1;
  return n;
});
const crc32 = (bytes) => ~bytes.reduce((crc, byte) => CRC[(crc ^ byte) & 255] ^ (crc >>> 8), -1) >>> 0;

// files: [{name, bytes: Uint8Array}] -> Blob
function zipped(files) {
  const parts = [], central = [];
  let offset = 0, length = 0;
  const fields = (sizes, values) => {
    const view = new DataView(new ArrayBuffer(sizes.reduce((sum, size) => sum + size, 0)));
    sizes.reduce((place, size, i) => (size === 2 ? view.setUint16(place, values[i], true) : view.setUint32(place, values[i], true), place + size), 0);
    return new Uint8Array(view.buffer);
  };
  for (const {name, bytes} of files) {
    const title = new TextEncoder().encode(name);
    // version 2.0; names are UTF-8; stored; 1 January 2000; crc; sizes; length of the name; no extra field
    const sizes = [2, 2, 2, 2, 2, 4, 4, 4, 2, 2];
    const facts = [20, 1 << 11, 0, 0, (20 << 9) | (1 << 5) | 1, crc32(bytes), bytes.length, bytes.length, title.length, 0];
    const local = fields([4, ...sizes], [0x04034b50, ...facts]);
    const entry = fields([4, 2, ...sizes, 2, 2, 2, 4, 4], [0x02014b50, 20, ...facts, 0, 0, 0, 0, offset]);
    parts.push(local, title, bytes);
    central.push(entry, title);
    offset += local.length + title.length + bytes.length;
    length += entry.length + title.length;
  }
  const end = fields([4, 2, 2, 2, 2, 4, 4, 2], [0x06054b50, 0, 0, files.length, files.length, length, offset, 0]);
  return new Blob([...parts, ...central, end], {type: "application/zip"});
}

const bytes_of = async (address) => new Uint8Array(await (await fetch(address)).arrayBuffer());

// Picture i of a sprite (n pictures in a row) as a PNG of its own, each pixel `scale` wide.
async function cut(sprite, i, n, scale = 4) {
  const image = new Image();
  image.src = sprite;
  await image.decode();
  const width = image.naturalWidth / n, canvas = make("canvas");
  Object.assign(canvas, {width: width * scale, height: image.naturalHeight * scale});
  const pen = canvas.getContext("2d");
  pen.imageSmoothingEnabled = false;
  pen.drawImage(image, i * width, 0, width, image.naturalHeight, 0, 0, canvas.width, canvas.height);
  return bytes_of(canvas.toDataURL("image/png"));
}

// The n pictures of a sprite as files: NAME-1.png, ...
const each_of = (sprite, n, name) => Array.from({length: n}, (_, i) => ({name: `${name}-${i + 1}.png`, bytes: cut(sprite, i, n)}));

// Saves files as one: [{name, bytes: a promise of Uint8Array}].
async function save_all(name, files) {
  const ready = await Promise.all(files.map(async ({name, bytes}) => ({name, bytes: await bytes})));
  const link = make("a");
  Object.assign(link, {href: URL.createObjectURL(zipped(ready)), download: name + ".zip"});
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 20000);
}
