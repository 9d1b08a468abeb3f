// Runs in the head, before the page is drawn: reads ?tab=NAME&embed=1 and keeps the address in step with the open tab.
"use strict";
(() => {
  const asked = new URLSearchParams(location.search);
  const embed = asked.get("embed") === "1";

  // The language: of the address (?lang=zh), else the one that was chosen here, else the browser's. words.py reads the
  // same. All that asks the browser gets that answer, Gradio too.
  const cookie = /(?:^|; )aigc_language=([\w-]+)/.exec(document.cookie)?.[1];
  const spoken = asked.get("lang") ?? cookie;
  if (spoken) {
    Object.defineProperty(navigator, "language", {value: spoken, configurable: true});
    Object.defineProperty(navigator, "languages", {value: [spoken], configurable: true});
  }
  // The theme that was chosen here; Gradio has put on its own by now, and looks into the address for another.
  const put = (key, value) => {
    const address = new URL(location.href);
    address.searchParams.set(key, value);
    history.replaceState(history.state, "", address);
  };
  const stored = (key, value) => {
    try {
      return value === undefined ? localStorage.getItem(key) : localStorage.setItem(key, value);
    } catch {} // a browser that keeps nothing
  };
  const wanted = stored("aigc_theme");
  if (wanted && !asked.has("__theme")) {
    put("__theme", wanted);
    document.body.classList.toggle("dark", wanted === "dark");
  }

  document.documentElement.lang = navigator.language || "en"; // picks the right Chinese or Latin face, and the voice that reads
  document.documentElement.classList.toggle("aigc-embed", embed);

  const words = window.gradio_config?.i18n_translations;
  if (words?.zh) words["zh-CN"] ??= words.zh; // sent once for all who read Chinese

  // Gradio opens the tab that its configuration names, so the wish is written there. A name it does not have is
  // left out, and the first tab opens.
  const parts = window.gradio_config?.components ?? [];
  const tabs = parts.find((part) => part.props.elem_id === "aigc-tabs");
  const names = parts.filter((part) => part.props.elem_id === "tab-" + part.props.id).map((part) => part.props.id);
  let open = names.includes(asked.get("tab")) ? asked.get("tab") : names[0];
  if (tabs) tabs.props.selected = open;
  let seen = () => {};

  window.aigc = {
    show(name) {
      document.getElementById(`tab-${name}-button`)?.click();
    },
    // Calls the function with the name of the tab that is open, now and at each change.
    onopen(told) {
      seen = told;
      seen(open);
    },
    speak(language) {
      document.cookie = `aigc_language=${language}; path=/; max-age=31536000; SameSite=Lax`;
      if (asked.has("lang")) put("lang", language);
      location.reload();
    },
    paint(theme) {
      document.body.classList.toggle("dark", theme === "dark");
      stored("aigc_theme", theme);
      put("__theme", theme);
    },
    // A tab was opened: by the visitor, or by Gradio at the start. A recipe in the address belongs to the tab that was left.
    opened(name) {
      if (name === open) return;
      open = name;
      seen(name);
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

  // Ctrl + Enter presses the main button of the tab that the keyboard is in.
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.defaultPrevented) return;
    const tab = document.getElementById("tab-" + open) ?? document;
    const go = [...tab.querySelectorAll("button.primary")].find((button) => button.offsetParent);
    if (!go || go.disabled) return;
    event.preventDefault();
    event.target.blur?.(); // Gradio sends a field's last letters when it is left
    event.target.focus?.({preventScroll: true});
    setTimeout(() => go.click(), 60);
  }, true);

  // What Gradio says to those who listen, and has in English alone.
  const GRADIO = [
    [/^number input for /, "数字输入："], [/^range slider for /, "滑块："], [/^Reset to default value$/, "恢复默认值"],
    [/^Click to upload or drop files$/, "点击上传，或把文件拖到这里"], [/^File upload$/, "上传文件"],
    [/^Gradio footer navigation$/, "页脚"],
  ];

  // Gradio gives each radio button a name of its own: as one group they are one stop of the Tab key, with arrow keys.
  const grouped = () => {
    for (const group of document.querySelectorAll("fieldset:has(input[type=radio])")) {
      const [first, ...others] = group.querySelectorAll("input[type=radio]");
      for (const one of others) if (one.name !== first.name) one.name = first.name;
      const label = group.querySelector("[data-testid=block-info]")?.textContent;
      if (label && group.ariaLabel !== label) group.ariaLabel = label;
    }
    if (!navigator.language.startsWith("zh")) return;
    for (const one of document.querySelectorAll("[aria-label]"))
      for (const [english, chinese] of GRADIO) {
        if (english.test(one.ariaLabel)) one.ariaLabel = one.ariaLabel.replace(english, chinese);
      }
  };
  let waiting = 0;
  new MutationObserver(() => (waiting ||= setTimeout(() => ((waiting = 0), grouped()), 50))).observe(document, {
    childList: true, subtree: true, attributeFilter: ["name"],
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
    // It may also ask for the recipe of what is shown: {type: "aigc-recipe"} -> {type: "aigc-recipe", tab, recipe}.
    addEventListener("message", ({data, source, origin}) => {
      if (source !== window.parent || data?.type !== "aigc-recipe") return;
      const save = document.querySelector(open ? `#${open}-save` : ".aigc-recipe-row [id$='-save']");
      window.aigc.tell = (recipe) => {
        delete window.aigc.tell;
        const told = JSON.parse(JSON.stringify(recipe ?? null)); // the page's own value cannot be sent
        source.postMessage({type: "aigc-recipe", tab: save.id.slice(0, -"-save".length), recipe: told},
          origin === "null" ? "*" : origin); // a page from a disk has no name
      };
      if (save) save.click();
      else delete window.aigc.tell;
    });
    addEventListener("load", () => new ResizeObserver(tell).observe(document.body));
    if (document.readyState === "complete") new ResizeObserver(tell).observe(document.body);
  }
})();
