// Draws what stands above the tabs, see header.py. The row of tabs is one stop of the Tab key; arrow keys move in it.

const mine = navigator.language.startsWith("zh") ? 1 : 0;
const at = (name) => element.querySelector(name);
const {tabs, ways} = constants;

at("h1").textContent = constants.suite[mine];
at(".ah-purpose").textContent = words.purpose;

const language = at(".ah-language");
language.textContent = words.other_language;
language.lang = mine ? "en" : "zh-CN";
language.onclick = () => aigc.speak(mine ? "en" : "zh-CN");

const theme = at(".ah-theme");
const named = () => (theme.textContent = document.body.classList.contains("dark") ? words.light : words.dark);
theme.onclick = () => aigc.paint(document.body.classList.contains("dark") ? "light" : "dark");
new MutationObserver(named).observe(document.body, {attributeFilter: ["class"]});
named();

const buttons = [], menu = at("select");
let group = null;
for (const tab of tabs) {
  if (!group || group.name !== tab.group) {
    const title = words[tab.group] ?? words.others;
    group = {name: tab.group, box: make("div", "ah-group"), list: make("div", "ah-tabs"), options: make("optgroup")};
    group.options.label = title;
    group.list.setAttribute("role", "tablist");
    group.list.setAttribute("aria-label", title);
    group.box.append(make("span", "ah-title", title), group.list);
    at(".ah-groups").append(group.box);
    menu.append(group.options);
  }
  const button = group.list.appendChild(make("button", "", tab.title[mine]));
  button.type = "button";
  button.setAttribute("role", "tab");
  button.setAttribute("aria-controls", "tab-" + tab.name);
  button.onclick = () => aigc.show(tab.name);
  buttons.push(button);
  group.options.append(new Option(tab.title[mine], tab.name));
}
const grouped = at(".ah-groups").children.length > 1;
at(".ah-groups").classList.toggle("plain", !grouped);
at("nav").hidden = tabs.length < 2;
at("nav").setAttribute("aria-label", words.tabs);
at("label > span").textContent = words.tabs;
menu.onchange = () => aigc.show(menu.value);

at(".ah-groups").onkeydown = (event) => {
  const here = buttons.indexOf(event.target), last = buttons.length - 1;
  const next = {ArrowRight: here + 1, ArrowLeft: here - 1, Home: 0, End: last}[event.key];
  if (next === undefined) return;
  event.preventDefault();
  const button = buttons[(next + buttons.length) % buttons.length];
  button.focus();
  button.click();
};

aigc.onopen((name) => {
  tabs.forEach((tab, i) => {
    buttons[i].setAttribute("aria-selected", tab.name === name);
    buttons[i].tabIndex = tab.name === name ? 0 : -1;
  });
  menu.value = name;
});

// A way in opens a tab and presses what runs its example there, once each is to be seen and can be pressed.
at(".ah-ways").hidden = tabs.length < 2 || !ways.length;
at(".ah-ways").setAttribute("aria-label", words.ways);
at(".ah-ways").append(make("span", "", words.ways));
for (const way of ways) {
  const button = at(".ah-ways").appendChild(make("button", "", way.title[mine]));
  button.type = "button";
  button.onclick = async () => {
    aigc.show(way.tab);
    for (const id of way.press) {
      const ready = () => document.querySelector(`#${id}:not(:disabled)`);
      for (let i = 0; i < 200 && !ready()?.offsetParent; i++) await new Promise((done) => setTimeout(done, 50));
      await new Promise((done) => setTimeout(done, 150)); // until what it starts listens
      ready()?.click();
    }
    document.getElementById(way.press.at(-1))?.closest(".aigc-tab")?.scrollIntoView({behavior: "smooth", block: "start"});
  };
}

// Gradio (6.31) looks for an error's title where nobody writes it, and says "Error" whatever the server says.
new MutationObserver(() => {
  for (const title of document.querySelectorAll(".toast-title.error"))
    if (title.textContent.trim() === "Error" && mine) title.firstChild.nodeValue = constants.error[mine];
}).observe(document.body, {childList: true, subtree: true});
