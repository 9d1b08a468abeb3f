// Runs in the head, before the page is drawn: reads ?tab=NAME&embed=1 and keeps the address in step with the open tab.
"use strict";
(() => {
  const asked = new URLSearchParams(location.search);
  const embed = asked.get("embed") === "1";
  document.documentElement.lang = navigator.language || "en"; // picks the right Chinese or Latin face, and the voice that reads
  document.documentElement.classList.toggle("aigc-embed", embed);

  const words = window.gradio_config?.i18n_translations;
  if (words?.zh) words["zh-CN"] ??= words.zh; // sent once for all who read Chinese

  // Gradio opens the tab that its configuration names, so the wish is written there. A name it does not have is
  // left out, and the first tab opens.
  const parts = window.gradio_config?.components ?? [];
  const tabs = parts.find((part) => part.props.elem_id === "aigc-tabs");
  const names = parts.filter((part) => part.type === "tabitem").map((part) => part.props.id);
  let open = names.includes(asked.get("tab")) ? asked.get("tab") : names[0];
  if (tabs) tabs.props.selected = open;

  window.aigc = {
    // A tab was opened: by the visitor, or by Gradio at the start. A recipe in the address belongs to the tab that was left.
    opened(name) {
      if (name === open) return;
      open = name;
      const address = new URL(location.href);
      address.searchParams.set("tab", name);
      address.searchParams.delete("r");
      history.replaceState(history.state, "", address);
    },

    // What was dropped as a Blob: a file, or a picture that was dragged from this page. null: it lies elsewhere, and
    // the browser gives no more of it than its address.
    async dropped(event) {
      const {files} = event.dataTransfer, html = event.dataTransfer.getData("text/html");
      const listed = event.dataTransfer.getData("text/uri-list").split(/[\r\n]+/).find((line) => line && line[0] !== "#");
      if (files.length) return files[0];
      const image = new DOMParser().parseFromString(html, "text/html").querySelector("img");
      try {
        const address = new URL(image?.getAttribute("src") ?? listed, location.href);
        if (!["data:", "blob:"].includes(address.protocol) && address.origin !== location.origin) return null;
        const found = await fetch(address);
        return found.ok ? await found.blob() : null;
      } catch {
        return null;
      }
    },
  };

  // A key that chooses among the candidates of an input method is not for the page. Safari ends the composition first,
  // and only the code tells (229).
  addEventListener("keydown", (event) => {
    if (event.isComposing || event.keyCode === 229) event.stopImmediatePropagation();
  }, true);

  // What is dropped where nobody takes it does not replace the page.
  for (const name of ["dragover", "drop"])
    addEventListener(name, (event) => {
      if (!event.target.closest?.("input, textarea, [contenteditable]")) event.preventDefault();
    });

  // The page that embeds us may follow the height; it need not. Nothing here depends on the height of the iframe, so
  // the two cannot chase each other.
  if (embed && window.parent !== window) {
    let told = 0;
    const tell = () => {
      const height = Math.ceil(document.querySelector(".gradio-container")?.getBoundingClientRect().height ?? 0);
      if (height && height !== told) {
        told = height;
        window.parent.postMessage({ type: "aigc-height", height, tab: asked.get("tab") }, "*");
      }
    };
    addEventListener("load", () => new ResizeObserver(tell).observe(document.body));
    if (document.readyState === "complete") new ResizeObserver(tell).observe(document.body);
  }
})();
